"""Chapter: isolation."""
