"""Simulates a Teacher who infers one bit about a Learner from a class's figures."""
