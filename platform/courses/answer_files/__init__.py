"""Files that learners upload as answers of tests: what is accepted, and how it is stored."""
