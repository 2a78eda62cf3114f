"""How many processes and hosts so many people need: measured costs, simulated queues."""
