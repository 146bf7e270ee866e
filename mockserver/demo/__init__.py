"""`mockserver demo`: the main job, end to end, through every provider's real wire format."""
