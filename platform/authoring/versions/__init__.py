"""Versions of a course: the draft, what was published, what changed, a preview, the way back."""
