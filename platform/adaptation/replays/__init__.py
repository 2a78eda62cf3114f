"""Replays of past days of a Course: what a Rule would have done on them."""
