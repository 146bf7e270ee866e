"""Where what is judged stands: our own simulator, somebody's server, or a recording."""
