"""`/api/v1/` for Learners and other course members, using the same queries as the pages."""
