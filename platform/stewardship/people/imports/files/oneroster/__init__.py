"""A OneRoster export, a ZIP of CSV files, read as the one table that a list of people is."""
