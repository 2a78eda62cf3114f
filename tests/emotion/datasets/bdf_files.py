"""Writes BDF files as BioSemi does, with records of one second."""

from __future__ import annotations

import numpy as np


def write(path, channels):
    """Write `channels`: label -> (samples, rate), 24-bit whole numbers, whole seconds."""
    records = {len(samples) // rate for samples, rate in channels.values()}
    assert len(records) == 1
    count, (seconds,) = len(channels), records
    head = b"\xffBIOSEMI" + b" " * 160 + b"01.01.1212.00.00"
    head += f"{256 * (count + 1):<8}".encode() + f"{'24BIT':<44}".encode()
    head += f"{seconds:<8}{1:<8}{count:<4}".encode()
    same = (("active", 80), ("uV", 8), ("-262144", 8), ("262143", 8), ("-8388608", 8),
            ("8388607", 8), ("none", 80))  # fmt: skip
    head += b"".join(f"{label:<16}".encode() for label in channels)
    head += b"".join(f"{text:<{width}}".encode() * count for text, width in same)
    head += b"".join(f"{rate:<8}".encode() for _, rate in channels.values()) + b" " * 32 * count
    body = [
        _triples(samples[second * rate : (second + 1) * rate])
        for second in range(seconds)
        for samples, rate in channels.values()
    ]
    path.write_bytes(head + b"".join(body))


def _triples(samples):
    words = np.asarray(samples, "<i4").view(np.uint8).reshape(-1, 4)
    return words[:, :3].tobytes()
