"""Comparison of two groups of a course, neither of them small enough to reveal one person."""
