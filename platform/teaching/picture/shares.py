"""From people to a group: floors, bands, shares with a little noise, and an 80 % range (I-22).

A share is rounded to 5 %, a number of people to a band of five; both carry sticky noise, and the
shares of a picture stay coherent: none is below zero and together they are at most the whole. The
range beside a share is made from these published numbers and nothing else: Wilson's interval with
the fewest people of the band, widened by the noise.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from teaching.picture.noise import NONE, QUANTILE_80, Noise

Z80 = 1.2815515655446004
STEP = 5
BAND = 5
REST = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """How many people of each kind make a group: `people` for what they did and said, `biometric`
    for what was guessed with a stream of their body."""

    people: int
    biometric: int
    simulated: int

    def of(self, people: Collection[Person]) -> int:
        """The floor for what these real people show."""
        biometric = any(person.biometric for person in people)
        return self.biometric if biometric else self.people


@dataclass(frozen=True, slots=True)
class Person:
    """One Learner in one cell: mean share by label (none = every guess abstained), and how much
    of the time nothing was guessed."""

    learner: int
    simulated: bool
    shares: Mapping[str, float]
    abstain: float
    biometric: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What may be shown of a cell, in percent; no labels = not sure. `n` is the least of its band,
    of simulated people their number."""

    n: int
    shares: Mapping[str, int]
    abstain: int
    simulated: bool

    @property
    def ranges(self) -> dict[str, tuple[int, int]]:
        spread = 0.0 if self.simulated else QUANTILE_80 / self.n
        return {label: interval(share, self.n, spread) for label, share in self.shares.items()}


def shown(people: Collection[Person], floor: Floor) -> list[Person]:
    """Who counts: real people alone from the floor on, else the simulated alone; none = too few."""
    real = [person for person in people if not person.simulated]
    if real and len(real) >= floor.of(real):
        return real
    made_up = [person for person in people if person.simulated]
    return made_up if len(made_up) >= floor.simulated else []


def picture(people: Collection[Person], floor: Floor, noise: Noise = NONE) -> Picture | None:
    """The group as it may be shown, or None where it is too small."""
    group = shown(people, floor)
    if not group:
        return None
    simulated = group[0].simulated
    noise = NONE if simulated else noise
    sure = shown([person for person in group if person.shares], floor)
    basis = sure or group
    return Picture(
        n=len(basis) if simulated else banded(basis, floor, noise, "n"),
        shares=_shares(sure, floor, noise),
        abstain=_part(sum(p.abstain for p in group) + noise.people("abstain"), len(group)),
        simulated=simulated,
    )


def count(
    people: Collection[Person], floor: Floor, *, simulated: bool, noise: Noise = NONE, name: str
) -> int | None:
    """How many of the real people, as the least of a band, or of the simulated; None = too few."""
    kind = [person for person in people if person.simulated == simulated]
    if len(kind) < max(1, floor.simulated if simulated else floor.people):
        return None
    if simulated:
        return len(kind)
    told = len(kind) + noise.count(name)
    return band(told) if told >= floor.people else None


def banded(people: Collection[Person], floor: Floor, noise: Noise, name: str) -> int:
    """The least of the band of a number that may be shown: never under the floor."""
    return band(max(floor.of(people), len(people) + noise.count(name)))


def band(n: int) -> int:
    return BAND * (n // BAND)


@lru_cache(maxsize=4096)
def interval(share: int, n: int, spread: float) -> tuple[int, int]:
    """80 % range of a share in percent over at least `n` people, outward in steps of 5."""
    p = share / 100
    low, high = wilson(p, n)
    low, high = p - math.hypot(p - low, spread), p + math.hypot(high - p, spread)
    low, high = math.floor(100 * low / STEP), math.ceil(100 * high / STEP)
    return max(0, STEP * low), min(100, STEP * high)


def wilson(p: float, n: int) -> tuple[float, float]:
    """Wilson's interval of a proportion `p` over `n` (Wilson 1927, eq. 4)."""
    middle = (p + Z80**2 / (2 * n)) / (1 + Z80**2 / n)
    half = Z80 / (1 + Z80**2 / n) * math.sqrt(p * (1 - p) / n + Z80**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _shares(sure: Collection[Person], floor: Floor, noise: Noise) -> dict[str, int]:
    """The share of each label guessed about enough of these people."""
    known: dict[str, list[Person]] = {}
    for person in sure:
        for label in person.shares:
            known.setdefault(label, []).append(person)
    kept = {label for label, who in known.items() if shown(who, floor)}
    if not kept:
        return {}
    sums = {label: _sum(sure, label) + noise.people(label) for label in known}
    whole = _coherent(sums, sure, noise)
    return {label: whole[label] for label in sorted(_told(kept, known, whole))}


def _sum(people: Collection[Person], label: str) -> float:
    return sum(person.shares.get(label, 0.0) for person in people)


def _told(
    kept: set[str], known: Mapping[str, Collection[Person]], whole: Mapping[str, int]
) -> set[str]:
    """The shares add up to the whole, so one that is held back alone would be the difference: the
    smallest of the others is held back with it."""
    if len(known) - len(kept) != 1:
        return kept
    return kept - {min(sorted(kept), key=lambda label: whole[label])}


def _coherent(
    sums: Mapping[str, float], people: Collection[Person], noise: Noise
) -> dict[str, int]:
    """In percent and steps of 5, none below zero; with the rest, if there is one, they make 100."""
    rest = sum(max(0.0, 1 - sum(person.shares.values())) for person in people)
    every = dict(sums)
    if rest > 0.005 * len(people):
        every[REST] = rest + noise.people(REST)
    clipped = {label: max(0.0, value) for label, value in every.items()}
    total = sum(clipped.values())
    steps = 100 // STEP
    exact = {label: steps * value / total if total else 0.0 for label, value in clipped.items()}
    return {label: STEP * n for label, n in _rounded(exact, steps if total else 0).items()}


def _rounded(exact: Mapping[str, float], steps: int) -> dict[str, int]:
    """Whole steps with the same sum: what was cut off most is rounded up (largest remainder)."""
    down = {label: math.floor(value) for label, value in exact.items()}
    order = sorted(exact, key=lambda label: (down[label] - exact[label], label))
    raised = set(order[: steps - sum(down.values())])
    return {label: n + (label in raised) for label, n in down.items()}


def _part(total: float, n: int) -> int:
    return max(0, min(100, STEP * round(100 * total / n / STEP)))
