"""What kie.ai alone does."""
