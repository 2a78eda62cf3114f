"""Features of many Windows as arrays, and the standards (mean, deviation, range) to scale them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.features.resampling import STEPS
from emotion.features.window import NAMES, Features

# A stream is unfamiliar if more than this share of its features is out of range.
UNFAMILIAR = 0.2

# Standardised values beyond this are clipped: one extreme value should not dominate.
FARTHEST = 5.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Features of N Windows.

    Attributes
    ----------
    values, masks : mapping from stream to (N, T, F)
        float32 and bool; a missing Stream is completely masked.
    quality : mapping from stream to (N,) float32
    """

    values: Mapping[str, NDArray[np.float32]]
    masks: Mapping[str, NDArray[np.bool_]]
    quality: Mapping[str, NDArray[np.float32]]

    def rows(self, index: NDArray[np.int64] | slice) -> Batch:
        """Return the selected Windows."""
        return Batch(
            {name: x[index] for name, x in self.values.items()},
            {name: x[index] for name, x in self.masks.items()},
            {name: x[index] for name, x in self.quality.items()},
        )


@dataclass(frozen=True, slots=True)
class Standard:
    """One Stream's training statistics; each (F,) float32: of steps, and range of Window means."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    lo: NDArray[np.float32]
    hi: NDArray[np.float32]


def stack(features: Sequence[Features], streams: Sequence[str]) -> Batch:
    """Return the named Streams' features of all Windows."""
    values, masks, quality = {}, {}, {}
    for name in streams:
        shape = (len(features), STEPS, len(NAMES[name]))
        values[name], masks[name] = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
        quality[name] = np.zeros(len(features), np.float32)
        for row, found in enumerate(features):
            if name in found:
                values[name][row] = found[name].values
                masks[name][row] = found[name].mask
                quality[name][row] = found[name].quality
    return Batch(values, masks, quality)


def mean_features(
    values: NDArray[np.float32], mask: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return each feature's mean over the steps present (N, F), and whether there was any."""
    count = mask.sum(axis=1)  # (N, F)
    total = np.where(mask, values, np.float32(0)).sum(axis=1)
    return (total / np.maximum(count, 1)).astype(np.float32), count > 0


def measure_standard(values: NDArray[np.float32], mask: NDArray[np.bool_]) -> Standard:
    """Return the standard of (N, T, F) training features; a feature never seen gets 0, 1, 0, 0."""
    rows = [values[..., f][mask[..., f]].astype(np.float64) for f in range(values.shape[-1])]
    held, known = mean_features(values, mask)
    spans = [_span(held[known[:, f], f]) for f in range(values.shape[-1])]
    return Standard(
        mean=np.array([row.mean() if len(row) else 0.0 for row in rows], np.float32),
        deviation=np.array([_deviation(row) for row in rows], np.float32),
        lo=np.array([lo for lo, _ in spans], np.float32),
        hi=np.array([hi for _, hi in spans], np.float32),
    )


def standardise(batch: Batch, standards: Mapping[str, Standard]) -> Batch:
    """Return the Streams with standards as (x - mean) / deviation, clipped to ±5, 0 where
    masked.
    """
    values = {
        name: np.where(batch.masks[name], _scale(batch.values[name], known), np.float32(0))
        for name, known in standards.items()
    }
    masks = {name: batch.masks[name] for name in standards}
    return Batch(values, masks, {name: batch.quality[name] for name in standards})


def find_unfamiliar(
    values: NDArray[np.float32], mask: NDArray[np.bool_], known: Standard
) -> NDArray[np.bool_]:
    """Return (N,): more than a fifth of the present features lie outside the training range."""
    held, came = mean_features(values, mask)
    outside = came & ((held < known.lo) | (held > known.hi))  # (N, F)
    return np.asarray(outside.sum(axis=1) > UNFAMILIAR * came.sum(axis=1))


def mask_unfamiliar(
    batch: Batch, standards: Mapping[str, Standard]
) -> tuple[Batch, dict[str, NDArray[np.bool_]]]:
    """Return the batch with unfamiliar Streams masked; by Stream, in which Windows (N,)."""
    strange = {
        name: find_unfamiliar(batch.values[name], batch.masks[name], known)
        for name, known in standards.items()
    }
    masks = {name: batch.masks[name] & ~rows[:, None, None] for name, rows in strange.items()}
    return Batch(batch.values, {**batch.masks, **masks}, batch.quality), strange


def _scale(values: NDArray[np.float32], known: Standard) -> NDArray[np.float32]:
    scaled = (values - known.mean) / known.deviation
    return np.asarray(np.clip(scaled, -FARTHEST, FARTHEST), dtype=np.float32)


def _span(held: NDArray[np.float32]) -> tuple[float, float]:
    if len(held) == 0:
        return 0.0, 0.0
    lo, hi = np.quantile(held.astype(np.float64), [0.001, 0.999])
    return float(lo), float(hi)


def _deviation(row: NDArray[np.float64]) -> float:
    return float(row.std()) if len(row) and row.std() > 1e-6 else 1.0
