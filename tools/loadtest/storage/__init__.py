"""Measures the disk space of learner-hours, before and after compaction."""
