"""Chapter: finish."""
