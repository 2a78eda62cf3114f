"""The help road under a class: a site of its own, simulated learners, and what it took."""
