"""Decoders of wearable devices' bytes, independent of transport; and mapping of their clocks."""
