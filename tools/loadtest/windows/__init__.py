"""Measures what a Window costs by part: CPU of the worker, PostgreSQL, statements."""
