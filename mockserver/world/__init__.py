"""One isolated universe: its clock, seed, jobs, files and journal, and the media they need."""
