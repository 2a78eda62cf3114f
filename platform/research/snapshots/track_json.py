"""A Track, its baseline and its context as JSON: each number exactly, masked ones as null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.windows import Track

Usual = NDArray[np.float32]
Packed = dict[str, Any]


def pack(track: Track, usual: Usual | None, context: Mapping[str, Track]) -> Packed:
    """Return a Stream's Track of a Window, with what the course did in it.

    The context is part of each Stream's row, so that it is deleted with them and needs no Grant
    of its own.
    """
    return {
        **_pack_track(track),
        "usual": None if usual is None else [_or_none(value) for value in usual.tolist()],
        "context": {name: _pack_track(each) for name, each in sorted(context.items())},
    }


def unpack(packed: Packed) -> tuple[Track, Usual | None]:
    """Return the Track and the baseline."""
    usual = packed["usual"]
    if usual is None:
        return _unpack_track(packed), None
    known = [math.nan if value is None else value for value in usual]
    return _unpack_track(packed), np.array(known, np.float32)


def unpack_context(packed: Packed) -> dict[str, Track]:
    """Return the context by name."""
    return {name: _unpack_track(each) for name, each in packed["context"].items()}


def _pack_track(track: Track) -> Packed:
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
    }


def _unpack_track(packed: Packed) -> Track:
    rows = packed["values"]
    shape = (len(rows), len(rows[0]))
    values = [[0.0 if value is None else value for value in row] for row in rows]
    mask = [[value is not None for value in row] for row in rows]
    return Track(
        np.array(values, np.float32).reshape(shape),
        np.array(packed["times"], np.float64),
        np.array(mask, np.bool_).reshape(shape),
        packed["quality"],
        packed["backend"],
        packed["period_s"],
    )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
