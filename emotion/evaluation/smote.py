"""Rare labels made commoner by rows between neighbours: SMOTE and ADASYN, for training rows only.

Resampled before a split, a made-up row stands beside its own parents on the other side.
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
class Resampled:
    """Rows as they were, then those made up.

    Attributes
    ----------
    x : (M, ...)
    labels : (M,)
    parents : (M,) int
        Which row each came from; the first N are themselves.
    """

    x: Array
    labels: Labels
    parents: Labels


def smote(x: Array, labels: Labels, *, rng: np.random.Generator) -> Resampled:
    """Return the rows and as many made-up ones as make all labels equally common.

    Each lies somewhere between a row and one of its 5 nearest of the same label (Chawla et al.
    2002); a feature that either has not is not made up.

    Parameters
    ----------
    x : (N, ...) with NaN where not seen
    labels : (N,)
    """
    return _resampled(x, labels, rng, lambda near, _: np.ones(len(near)))


def adasyn(x: Array, labels: Labels, *, rng: np.random.Generator) -> Resampled:
    """Return the rows and made-up ones, more of them where other labels are near (He et al. 2008).

    As `smote`, but a row has children in proportion to the share of other labels among its 5
    nearest of all labels. The commonest label gets none.
    """
    return _resampled(x, labels, rng, lambda near, label: (near != label).mean(axis=1))


def _resampled(x: Array, labels: Labels, rng: np.random.Generator, weigh: Weigh) -> Resampled:
    flat = x.reshape(len(x), -1)
    filled = _filled(flat)
    nearest = labels[_neighbours(filled, filled)]  # (N, 5)
    counts = np.bincount(labels)
    rows, made, parents = [flat], [labels], [np.arange(len(x))]
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        if len(mine) > 1:
            wanted = _children(weigh(nearest[mine], int(label)), int(counts.max() - len(mine)))
            rows.append(_between(flat[mine], filled[mine], wanted, rng))
            made.append(np.full(len(wanted), label))
            parents.append(mine[wanted])
    x = np.concatenate(rows).reshape(-1, *x.shape[1:])
    return Resampled(x, np.concatenate(made), np.concatenate(parents))


def _children(weights: NDArray[np.float64], count: int) -> Labels:
    """Return which row each of about `count` children has as its parent."""
    share = weights / weights.sum() if weights.sum() else np.full(len(weights), 1 / len(weights))
    return np.repeat(np.arange(len(weights)), np.round(share * count).astype(int))


def _between(flat: Array, filled: Array, parents: Labels, rng: np.random.Generator) -> Array:
    near = _neighbours(filled, filled)  # (n, k)
    others = near[parents, rng.integers(0, near.shape[1], len(parents))]
    way = rng.random((len(parents), 1), dtype=np.float32)
    return np.asarray(flat[parents] + way * (flat[others] - flat[parents]))


def _neighbours(among: Array, of: Array) -> NDArray[np.int64]:
    """Return (len(of), k): each row's nearest others."""
    count = min(NEIGHBOURS, len(among) - 1)
    found = NearestNeighbors(n_neighbors=count + 1).fit(among).kneighbors(of, return_distance=False)
    return np.asarray(found[:, 1:])


def _filled(flat: Array) -> Array:
    """Return rows standardised, with 0 where nothing was seen: for distances only."""
    count = np.maximum((~np.isnan(flat)).sum(axis=0), 1)
    mean = np.nansum(flat, axis=0) / count
    deviation = np.sqrt(np.nansum((flat - mean) ** 2, axis=0) / count)
    scaled = (flat - mean) / np.where(deviation > 1e-6, deviation, 1.0)
    return np.asarray(np.nan_to_num(scaled), np.float32)
