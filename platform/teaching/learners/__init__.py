"""The Learners of a course, and what one of them shares."""
