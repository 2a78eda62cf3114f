"""Which Windows are left out by turns, so that what is said of them was taught by others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.splits import iterate_folds
from emotion.training.example_table import Table
from emotion.training.recipe import WrongRecipe
from emotion.training.resumable_jobs import Arrays, Parts

# Rows that teach, rows that are left out.
Side = tuple[NDArray[np.int64], NDArray[np.int64]]
Cut = list[Side]


def cuts(table: Table, count: int, seed: int) -> dict[str, Cut]:
    """Return each way of leaving out: by people; by video; and by lot, which leaks."""
    by = {"people": table.people, "videos": table.videos, "leaky": np.arange(len(table.labels))}
    return of_codes(by, count, seed)


def of_codes(by: Mapping[str, NDArray[np.int64]], count: int, seed: int) -> dict[str, Cut]:
    """Return by name the turns of leaving its codes (N,) out; none where all have one code.

    Raises
    ------
    WrongRecipe
        Where they are to be left out in fewer than two turns: nobody would be left to learn from.
    """
    if count < 2:
        raise WrongRecipe(f"expected to leave out in at least 2 turns, got {count}")
    rng = np.random.default_rng(seed)
    found = {}
    for name, codes in by.items():
        parts = min(count, len(np.unique(codes)))
        found[name] = list(iterate_folds(codes, parts, rng=rng)) if parts > 1 else []
    return found


def by_people(people: NDArray[np.int64], count: int, seed: int) -> Cut:
    """Return the turns of leaving out people (N,), inside those who teach.

    Raises
    ------
    WrongRecipe
        Where they are fewer than two, or are to be left out in fewer than two turns.
    """
    found = len(np.unique(people))
    if min(found, count) < 2:
        raise WrongRecipe(
            f"expected at least 2 people to part in at least 2, got {found} to part in {count}: "
            "let more people teach, or leave them out in more turns"
        )
    return list(iterate_folds(people, min(count, found), rng=np.random.default_rng(seed)))


def said(
    name: str, cut: Cut, parts: Parts, part: Callable[[int, Side], Arrays]
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Return the rows that the turns leave out, and what `part` says of each, in their order."""
    made = [parts.get(f"{name}-{n}", partial(part, n, side)) for n, side in enumerate(cut)]
    index = np.concatenate([test for _, test in cut])
    return index, {key: np.concatenate([each[key] for each in made]) for key in made[0]}
