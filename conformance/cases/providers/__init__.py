"""What is peculiar to one provider."""
