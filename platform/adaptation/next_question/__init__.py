"""The choice of a question: difficulty, prerequisites, reviews due, and the log of choices."""
