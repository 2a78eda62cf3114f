"""An offer from what can be given to what became of it, and what its Learner may say to it."""
