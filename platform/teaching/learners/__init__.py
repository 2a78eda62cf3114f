"""The Learners of a course, and the estimates one of them shares."""
