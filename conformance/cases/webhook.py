"""Chapter: webhook."""
