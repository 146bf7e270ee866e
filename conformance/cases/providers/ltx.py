"""What LTX alone does."""
