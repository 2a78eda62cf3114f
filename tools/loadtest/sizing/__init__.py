"""Estimates the processes and hosts for a number of people: measured costs, simulated queues."""
