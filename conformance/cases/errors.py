"""Chapter: errors."""
