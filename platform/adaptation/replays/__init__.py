"""Past days of a Course told over again: what a Rule would have done on them."""
