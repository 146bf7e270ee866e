"""The cases, by chapter. Each is one promise."""
