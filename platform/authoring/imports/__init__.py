"""Import courses from packages, and undo imports."""
