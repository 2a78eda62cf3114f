"""Outcomes after an offer or a wording, and whether it helped."""
