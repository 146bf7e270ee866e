"""Chapter: media."""
