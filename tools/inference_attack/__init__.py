"""A Teacher who wants one bit of one Learner: every road to a class's figures, asked adaptively."""
