"""What is known of one Learner at the end of one Window, as Rules read it."""
