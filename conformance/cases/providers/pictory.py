"""What Pictory alone does."""
