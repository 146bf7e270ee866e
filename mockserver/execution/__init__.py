"""A program, unchanged, run against the simulator: its surroundings, its process, the report."""
