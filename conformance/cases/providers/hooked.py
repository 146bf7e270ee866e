"""What Hooked alone does."""
