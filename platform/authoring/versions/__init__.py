"""Versions of a course: draft, publication, comparison, preview and restoring."""
