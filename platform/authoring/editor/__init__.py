"""The pages on which an Author edits a course."""
