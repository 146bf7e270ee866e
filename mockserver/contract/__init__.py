"""What providers promise: specs in, checked messages out. Knows no job, no clock and no network."""
