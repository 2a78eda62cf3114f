"""Snapshots: frozen Windows of those who let research read them, of one study."""
