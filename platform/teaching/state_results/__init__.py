"""Estimated states and results of a group, per skill and week."""
