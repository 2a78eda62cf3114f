"""Replaying the draft of a Rule over past days: asked for, worked off, shown."""
