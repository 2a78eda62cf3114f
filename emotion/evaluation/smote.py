"""Oversampling of rare labels by interpolated rows: SMOTE and ADASYN, for training rows only.

Resampling before a split would put generated rows next to their parents on the other side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

Array = NDArray[np.float32]
Labels = NDArray[np.int64]

NEIGHBOURS = 5


Weigh = Callable[[NDArray[np.int64], int], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class ResampledRows:
    """The original rows, then the generated ones.

    Attributes
    ----------
    x : (M, ...)
    labels : (M,)
    parents : (M,) int
        The row each came from; the first N are themselves.
    """

    x: Array
    labels: Labels
    parents: Labels


def smote(x: Array, labels: Labels, *, rng: np.random.Generator) -> ResampledRows:
    """Return the rows plus generated ones, so that all labels are equally frequent.

    Each lies between a row and one of its 5 nearest of the same label (Chawla et al. 2002). A
    feature missing from either is not generated.

    Parameters
    ----------
    x : (N, ...) with NaN where not seen
    labels : (N,)
    """
    return _resample(x, labels, rng, lambda near, _: np.ones(len(near)))


def adasyn(x: Array, labels: Labels, *, rng: np.random.Generator) -> ResampledRows:
    """Return the rows plus generated ones, more near other labels (He et al. 2008).

    As `smote`, but a row's children are proportional to the share of other labels among its 5
    nearest of all labels. The most frequent label gets none.
    """
    return _resample(x, labels, rng, lambda near, label: (near != label).mean(axis=1))


def _resample(x: Array, labels: Labels, rng: np.random.Generator, weigh: Weigh) -> ResampledRows:
    flat = x.reshape(len(x), -1)
    filled = _fill(flat)
    nearest = labels[_neighbours(filled, filled)]  # (N, 5)
    counts = np.bincount(labels)
    rows, made, parents = [flat], [labels], [np.arange(len(x))]
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        if len(mine) > 1:
            wanted = _draw_parents(weigh(nearest[mine], int(label)), int(counts.max() - len(mine)))
            rows.append(_interpolate(flat[mine], filled[mine], wanted, rng))
            made.append(np.full(len(wanted), label))
            parents.append(mine[wanted])
    x = np.concatenate(rows).reshape(-1, *x.shape[1:])
    return ResampledRows(x, np.concatenate(made), np.concatenate(parents))


def _draw_parents(weights: NDArray[np.float64], count: int) -> Labels:
    """Return the parent row of each of about `count` children."""
    share = weights / weights.sum() if weights.sum() else np.full(len(weights), 1 / len(weights))
    return np.repeat(np.arange(len(weights)), np.round(share * count).astype(int))


def _interpolate(flat: Array, filled: Array, parents: Labels, rng: np.random.Generator) -> Array:
    near = _neighbours(filled, filled)  # (n, k)
    others = near[parents, rng.integers(0, near.shape[1], len(parents))]
    way = rng.random((len(parents), 1), dtype=np.float32)
    return np.asarray(flat[parents] + way * (flat[others] - flat[parents]))


def _neighbours(among: Array, of: Array) -> NDArray[np.int64]:
    """Return (len(of), k): each row's nearest others."""
    count = min(NEIGHBOURS, len(among) - 1)
    found = NearestNeighbors(n_neighbors=count + 1).fit(among).kneighbors(of, return_distance=False)
    return np.asarray(found[:, 1:])


def _fill(flat: Array) -> Array:
    """Return rows standardised, with 0 for missing values; for distances only."""
    count = np.maximum((~np.isnan(flat)).sum(axis=0), 1)
    mean = np.nansum(flat, axis=0) / count
    deviation = np.sqrt(np.nansum((flat - mean) ** 2, axis=0) / count)
    scaled = (flat - mean) / np.where(deviation > 1e-6, deviation, 1.0)
    return np.asarray(np.nan_to_num(scaled), np.float32)
