"""From people to a group: floors, shares of time, and an 80 % interval over people.

The interval is Wilson's with the number of people as sample size: a person's share lies between 0
and 1, so it varies no more than a yes or no would, and the interval is wide rather than narrow.
Bounds are rounded outward to 5 %, because two views that differ by one person would else give that
person away (notes/trust.md 5a: rounding brings the attacker to chance).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Z80 = 1.2815515655446004
STEP = 5


@dataclass(frozen=True, slots=True)
class Floor:
    """How many people of each kind make a group."""

    people: int
    simulated: int


@dataclass(frozen=True, slots=True)
class Person:
    """One Learner in one cell: mean share by label (none = every guess abstained), and how much
    of the time nothing was guessed."""

    learner: int
    simulated: bool
    shares: Mapping[str, float]
    abstain: float


@dataclass(frozen=True, slots=True)
class Picture:
    """What may be shown of a cell, in percent; no labels = not sure."""

    n: int
    ranges: Mapping[str, tuple[int, int]]
    abstain: int
    simulated: bool


def shown(people: Collection[Person], floor: Floor) -> list[Person]:
    """Who counts: real people alone from the floor on, else the simulated alone; none = too few."""
    real = [person for person in people if not person.simulated]
    if len(real) >= floor.people:
        return real
    made_up = [person for person in people if person.simulated]
    return made_up if len(made_up) >= floor.simulated else []


def picture(people: Collection[Person], floor: Floor) -> Picture | None:
    """The group as it may be shown, or None where it is too small."""
    group = shown(people, floor)
    if not group:
        return None
    return Picture(
        n=len(group),
        ranges=_ranges(group, floor),
        abstain=_nearest(fmean(person.abstain for person in group)),
        simulated=all(person.simulated for person in group),
    )


def count(people: Collection[Person], floor: Floor, *, simulated: bool) -> int | None:
    """How many of the real or of the simulated people; None under their floor."""
    n = sum(person.simulated == simulated for person in people)
    return n if n >= max(1, floor.simulated if simulated else floor.people) else None


def interval(shares: Sequence[float]) -> tuple[int, int]:
    """80 % interval of the mean share over people, in percent, outward in steps of 5."""
    low, high = wilson(fmean(shares), len(shares))
    return STEP * math.floor(100 * low / STEP), STEP * math.ceil(100 * high / STEP)


def wilson(p: float, n: int) -> tuple[float, float]:
    """Wilson's interval of a proportion `p` over `n` (Wilson 1927, eq. 4)."""
    middle = (p + Z80**2 / (2 * n)) / (1 + Z80**2 / n)
    half = Z80 / (1 + Z80**2 / n) * math.sqrt(p * (1 - p) / n + Z80**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _ranges(group: Collection[Person], floor: Floor) -> dict[str, tuple[int, int]]:
    """The range of each label guessed about enough of the group: each label keeps the floor."""
    labels = sorted({label for person in group for label in person.shares})
    known = {
        label: shown([person for person in group if label in person.shares], floor)
        for label in labels
    }
    return {
        label: interval([person.shares[label] for person in who])
        for label, who in known.items()
        if who
    }


def _nearest(share: float) -> int:
    return STEP * round(100 * share / STEP)
