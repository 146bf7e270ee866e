"""Clients to judge: a right one for each provider, and wrong ones with one fault each."""
