"""The lesson map: which part of a lesson most needs work, and what shows it."""
