"""Chapter: method."""
