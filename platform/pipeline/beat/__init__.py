"""The clock of the sweeps, on one host of several: a lock, and a scheduler that holds it."""
