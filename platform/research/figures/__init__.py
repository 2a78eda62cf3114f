"""Figures of a Predictor's card and of a Run: drawn for a page, and as files."""
