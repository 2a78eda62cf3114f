"""Marking: the answers of tests that people read, their points by a rubric, and comments."""
