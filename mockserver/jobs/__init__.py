"""What time and chance do to work. Knows no provider, no HTTP and no video."""
