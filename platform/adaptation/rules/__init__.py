"""Which Rules are in force in a Course, in which version, and where each stands for a Learner."""
