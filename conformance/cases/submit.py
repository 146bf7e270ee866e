"""Chapter: submit."""
