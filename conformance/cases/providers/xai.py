"""What only xAI does."""
