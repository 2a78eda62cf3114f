"""Offers of help: what is available, the decision, its outcome, and the Learner's vetoes."""
