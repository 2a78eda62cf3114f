"""The gradebook of a course, and corrections a Teacher may make in it."""
