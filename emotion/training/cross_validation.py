"""Cross-validation splits, and predictions for the left-out Windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.splits import iterate_folds
from emotion.training.example_table import ExampleTable
from emotion.training.recipe import WrongRecipe
from emotion.training.resumable_jobs import Arrays, Parts

# Training rows, left-out rows.
Side = tuple[NDArray[np.int64], NDArray[np.int64]]
Cut = list[Side]


def make_cuts(table: ExampleTable, count: int, seed: int) -> dict[str, Cut]:
    """Return each kind of split: by people, by video, and by random rows, which leaks."""
    by = {"people": table.people, "videos": table.videos, "leaky": np.arange(len(table.labels))}
    return split_codes(by, count, seed)


def split_codes(by: Mapping[str, NDArray[np.int64]], count: int, seed: int) -> dict[str, Cut]:
    """Return by name the folds over its codes (N,); none if all have one code.

    Raises
    ------
    WrongRecipe
        With fewer than two folds, as no training data would be left.
    """
    if count < 2:
        raise WrongRecipe(f"expected to leave out in at least 2 turns, got {count}")
    rng = np.random.default_rng(seed)
    found = {}
    for name, codes in by.items():
        parts = min(count, len(np.unique(codes)))
        found[name] = list(iterate_folds(codes, parts, rng=rng)) if parts > 1 else []
    return found


def split_people(people: NDArray[np.int64], count: int, seed: int) -> Cut:
    """Return folds over people (N,), inside the training people.

    Raises
    ------
    WrongRecipe
        With fewer than two people or two folds.
    """
    found = len(np.unique(people))
    if min(found, count) < 2:
        raise WrongRecipe(
            f"expected at least 2 people to part in at least 2, got {found} to part in {count}: "
            "let more people teach, or leave them out in more turns"
        )
    return list(iterate_folds(people, min(count, found), rng=np.random.default_rng(seed)))


def predict_left_out(
    name: str, cut: Cut, parts: Parts, part: Callable[[int, Side], Arrays]
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Return the left-out rows of all folds, and `part`'s predictions for them, in order."""
    made = [parts.get(f"{name}-{n}", partial(part, n, side)) for n, side in enumerate(cut)]
    index = np.concatenate([test for _, test in cut])
    return index, {key: np.concatenate([each[key] for each in made]) for key in made[0]}
