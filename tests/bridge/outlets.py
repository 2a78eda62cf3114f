"""Outlets of the Lab Streaming Layer on this computer."""

from __future__ import annotations

import pylsl


def sensor(name, source_id):
    """Start an EDA outlet of 32 Hz in µS; every process of the network sees its name."""
    info = pylsl.StreamInfo(name, "EDA", 1, 32, "float32", source_id)
    info.set_channel_units("microsiemens")
    return pylsl.StreamOutlet(info, chunk_size=8)
