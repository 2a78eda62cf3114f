"""A Track and its baseline as JSON: each number exactly, masked ones as null."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.windows import Track

Usual = NDArray[np.float32]
Packed = dict[str, Any]


def pack(track: Track, usual: Usual | None) -> Packed:
    values = zip(track.values.tolist(), track.mask.tolist(), strict=True)
    return {
        "times": track.times.tolist(),
        "values": [
            [value if there else None for value, there in zip(row, mask, strict=True)]
            for row, mask in values
        ],
        "quality": float(track.quality),
        "backend": track.backend,
        "period_s": float(track.period_s),
        "usual": None if usual is None else [_or_none(value) for value in usual.tolist()],
    }


def unpack(packed: Packed) -> tuple[Track, Usual | None]:
    rows = packed["values"]
    shape = (len(rows), len(rows[0]))
    values = [[0.0 if value is None else value for value in row] for row in rows]
    mask = [[value is not None for value in row] for row in rows]
    track = Track(
        np.array(values, np.float32).reshape(shape),
        np.array(packed["times"], np.float64),
        np.array(mask, np.bool_).reshape(shape),
        packed["quality"],
        packed["backend"],
        packed["period_s"],
    )
    usual = packed["usual"]
    if usual is None:
        return track, None
    known = [math.nan if value is None else value for value in usual]
    return track, np.array(known, np.float32)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
