"""Packing of training standards as an artefact's tensors, and unpacking."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Weights
from emotion.features.batch import Standard

PARTS = ("mean", "deviation", "lo", "hi")


def pack_standards(standards: Mapping[str, Standard]) -> dict[str, NDArray[np.float32]]:
    """Return standards as tensors `standard.<stream>.<part>`."""
    return {
        f"standard.{name}.{part}": getattr(known, part)
        for name, known in standards.items()
        for part in PARTS
    }


def unpack_standards(weights: Weights) -> dict[str, Standard]:
    """Return the standards by Stream, from `pack_standards`."""
    names = sorted({key.split(".")[1] for key in weights if key.startswith("standard.")})
    return {name: Standard(*(weights[f"standard.{name}.{p}"] for p in PARTS)) for name in names}
