"""Bringing a course in as a package, taking it out as one, and undoing what came in."""
