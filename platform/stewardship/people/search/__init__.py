"""Searching the list of people by name: names are sealed, so each has to be opened."""
