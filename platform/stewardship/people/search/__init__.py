"""Search people by name: names are sealed, so each one has to be unsealed."""
