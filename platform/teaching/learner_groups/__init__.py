"""Groups of the Learners of a course: create, rename, delete, and move people."""
