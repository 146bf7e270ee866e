"""What happened, in sentences. Bounded, and free of secrets: those are taken out at the door."""
