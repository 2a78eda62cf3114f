"""`/api/v1/` for a Learner and whoever else is in a course: the same loads as the pages use."""
