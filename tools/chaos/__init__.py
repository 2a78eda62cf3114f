"""Fault injection: faults, clients that log what they sent, and checks of the site's guarantees."""
