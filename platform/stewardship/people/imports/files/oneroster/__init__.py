"""Read a OneRoster export, a ZIP of CSV files, as a table of people."""
