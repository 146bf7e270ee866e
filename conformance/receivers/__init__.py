"""Judges receivers of webhooks: sends them what a provider sends, and what attackers send."""
