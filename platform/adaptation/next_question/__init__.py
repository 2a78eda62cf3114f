"""What the choice of a question goes by: how hard, what is ready, what is due, what was chosen."""
