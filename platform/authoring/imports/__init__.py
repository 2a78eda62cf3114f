"""Bringing a course in as a package, and undoing what came in."""
