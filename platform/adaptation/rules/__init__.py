"""The Rules in force in a Course, their versions, and their state for each Learner."""
