"""Replays of a rule draft over past days: request, worker and view."""
