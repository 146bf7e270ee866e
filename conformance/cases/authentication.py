"""Chapter: authentication."""
