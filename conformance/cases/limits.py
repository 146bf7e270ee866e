"""Chapter: limits."""
