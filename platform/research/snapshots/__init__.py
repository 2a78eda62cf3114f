"""Snapshots: frozen Windows of Learners who allow research, for one study."""
