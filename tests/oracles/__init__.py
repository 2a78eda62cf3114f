"""Python twins of the site's JavaScript, and readers of what it gives out, for tests alone."""
