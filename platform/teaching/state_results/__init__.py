"""Estimated states beside results, per skill and week, of a group."""
