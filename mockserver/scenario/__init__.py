"""What shall go wrong, on purpose: rules, where they come from, and which of them apply."""
