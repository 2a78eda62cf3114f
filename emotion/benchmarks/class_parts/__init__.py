"""`benchmark class`: pools of simulated learner-lessons, classes drawn from them, and figures."""
