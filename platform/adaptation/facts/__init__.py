"""The facts about one Learner at the end of one Window, as Rules read them."""
