"""The Teacher's dashboard: learners who need help now, from course records, never Estimates."""
