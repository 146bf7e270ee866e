"""What leads a program, unchanged, to this machine instead of a provider."""
