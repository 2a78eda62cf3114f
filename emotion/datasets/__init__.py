"""Data sets of others, read in their real layouts; a wrong or partial folder is named."""
