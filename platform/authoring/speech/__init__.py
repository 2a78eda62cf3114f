"""Captions drafted from a film's own sound by a speech program of the operator (ADR 0089)."""
