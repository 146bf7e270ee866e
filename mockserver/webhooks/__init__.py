"""What is sent without being asked for: when, how, again; and a place to receive such things."""
