"""Measuring what learner-hours take on the disk, before and after they are packed."""
