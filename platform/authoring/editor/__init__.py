"""The pages on which an Author writes a course."""
