"""Outside judges: programs that nobody here wrote, run against the site and its source."""
