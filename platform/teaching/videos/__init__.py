"""Video engagement of a class: watched, replayed, paused and stuck, in bins of 5 s."""
