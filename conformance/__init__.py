"""The judge: decides whether an endpoint, or a client, keeps a provider's contract."""
