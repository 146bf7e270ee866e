"""The verdict on a client, from what a world saw of it. Pure functions; knows no HTTP."""
