"""Calls to a learning platform by the worker: grades and members."""
