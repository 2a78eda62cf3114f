"""Measures the upload of a large video over a slow line that breaks."""
