"""Splits whose unit is the person: a split that shares anybody is refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


class SharedPeople(ValueError):
    """The same person stands on two sides of a split."""


def refuse_shared_people(*sides: NDArray[np.int64]) -> None:
    """Raise SharedPeople where any two sides (each (N,) codes of people) share one."""
    seen: set[int] = set()
    for side in sides:
        people = {int(code) for code in side}
        if shared := sorted(people & seen):
            raise SharedPeople(f"expected people on one side only, got {shared[:5]} on two")
        seen |= people


def folds(
    people: NDArray[np.int64], count: int, *, rng: np.random.Generator
) -> Iterator[tuple[Index, Index]]:
    """Yield (train rows, test rows) `count` times; every person is tested exactly once."""
    codes = np.unique(people)
    if not 2 <= count <= len(codes):
        raise ValueError(f"expected 2 to {len(codes)} folds for as many people, got {count}")
    for tested in np.array_split(rng.permutation(codes), count):
        inside = np.isin(people, tested)
        yield checked(people, np.flatnonzero(~inside), np.flatnonzero(inside))


def checked(people: NDArray[np.int64], train: Index, test: Index) -> tuple[Index, Index]:
    """Return the split as it came, or raise SharedPeople: for splits made elsewhere."""
    refuse_shared_people(people[train], people[test])
    return train, test
