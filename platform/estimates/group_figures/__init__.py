"""Figures of a group from Estimates: counted once with noise, and read through one layer."""
