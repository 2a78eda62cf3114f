"""Measures a site with many people: import of a list, its undo, and the pages about people."""
