"""Policies of a card: what the shipped rules do with its estimates, on simulated hours."""
