"""Faults, pages that keep a ledger, and checkers of whether a site kept its word."""
