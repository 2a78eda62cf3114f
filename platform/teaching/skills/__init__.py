"""Statistics of each skill: tries, reports and estimates of a group."""
