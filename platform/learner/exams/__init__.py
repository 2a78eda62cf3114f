"""Taking a test: start page, questions, submission and report."""
