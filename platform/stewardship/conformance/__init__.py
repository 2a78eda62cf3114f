"""Accessibility and security facts about this release, for buyers."""
