"""Bytes of wearable devices as numbers, whatever carried them, and their clocks as ours."""
