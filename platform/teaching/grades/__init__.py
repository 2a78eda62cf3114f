"""The gradebook of a course, and what a Teacher may put right in it."""
