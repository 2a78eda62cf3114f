"""Measures the path from a Window to an offer for a whole class on a separate site."""
