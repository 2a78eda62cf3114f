"""States and results of a study: published for a group, never for one person."""
