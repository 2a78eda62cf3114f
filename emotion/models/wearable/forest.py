"""A forest of decision trees as plain arrays: grown by scikit-learn, evaluated without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PARTS = ("left", "right", "column", "limit", "share", "roots")


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees for two classes, all nodes in one sequence.

    Attributes
    ----------
    left, right : (M,) int32
        Next node if a value is at most the limit, and if it is above; -1 at a leaf.
    column : (M,) int32
        Column of the row that a node compares.
    limit : (M,) float32
    share : (M,) float32
        At a leaf: the share of the second class among its training rows.
    roots : (trees,) int32
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    column: NDArray[np.int32]
    limit: NDArray[np.float32]
    share: NDArray[np.float32]
    roots: NDArray[np.int32]

    def proba(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return (N,): the trees' mean share of the second class for rows (N, D)."""
        node = np.repeat(self.roots[None, :], len(rows), axis=0)  # (N, trees)
        while (inside := self.left[node] >= 0).any():
            value = np.take_along_axis(rows, np.where(inside, self.column[node], 0), axis=1)
            onward = np.where(value <= self.limit[node], self.left[node], self.right[node])
            node = np.where(inside, onward, node)
        return np.asarray(self.share[node].astype(np.float64).mean(axis=1))

    def pack(self) -> dict[str, NDArray[Any]]:
        """Return the arrays as `forest.<part>`."""
        return {f"forest.{part}": getattr(self, part) for part in PARTS}


def unpack_forest(weights: Mapping[str, NDArray[Any]]) -> Forest:
    """Return the forest from `pack`."""
    return Forest(*(weights[f"forest.{part}"] for part in PARTS))


def convert_trees(trees: Sequence[Any]) -> Forest:
    """Return the forest of scikit-learn's fitted trees (each with its `tree_`).

    A limit is rounded down to float32: no float32 lies between it and scikit-learn's own, so every
    row takes the same path.
    """
    sizes = [tree.tree_.node_count for tree in trees]
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    parts = [_nodes(tree.tree_, root) for tree, root in zip(trees, roots.tolist(), strict=True)]
    left, right, column, limit, share = (np.concatenate(p) for p in zip(*parts, strict=True))
    return Forest(left, right, column, limit, share, roots.astype(np.int32))


def _nodes(tree: Any, root: int) -> tuple[NDArray[Any], ...]:
    leaf = tree.children_left < 0
    left, right = (
        np.where(leaf, -1, side + root) for side in (tree.children_left, tree.children_right)
    )
    counts = tree.value[:, 0, :]
    return (
        left.astype(np.int32),
        right.astype(np.int32),
        np.where(leaf, 0, tree.feature).astype(np.int32),
        _rounded_down(np.where(leaf, 0, tree.threshold)),
        (counts[:, 1] / counts.sum(axis=1)).astype(np.float32),
    )


def _rounded_down(values: NDArray[np.float64]) -> NDArray[np.float32]:
    near = values.astype(np.float32)
    return np.where(near > values, np.nextafter(near, np.float32(-np.inf)), near)
