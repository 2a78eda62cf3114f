"""From people to a group: floors, bands, shares with a little noise, and an 80 % range (I-22).

A share is rounded to 5 %, a number of people to a band of five; both carry sticky noise, and the
shares of a picture stay coherent: none is below zero and together they are at most the whole. The
range beside a share is made from these published numbers and nothing else: Wilson's interval with
the fewest people of the band, widened by the noise. The labels are those of the Predictor in use,
so which of them appear tells nothing of one person.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from teaching.class_picture.noise import NONE, QUANTILE_80, Noise

Z80 = 1.2815515655446004
STEP = 5
BAND = 5
REST, UNSURE = "rest", "unsure"


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
    """One Learner in one cell: mean share by label; none = every guess abstained."""

    learner: int
    simulated: bool
    shares: Mapping[str, float]
    biometric: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What may be shown of a cell, in percent; no labels = not sure. `n` is the least of its band,
    of simulated people their number. `unsure`: of how many people every guess abstained."""

    n: int
    shares: Mapping[str, int]
    unsure: int
    simulated: bool

    @property
    def ranges(self) -> dict[str, tuple[int, int]]:
        spread = 0.0 if self.simulated else QUANTILE_80 / self.n
        return {label: interval(share, self.n, spread) for label, share in self.shares.items()}


def shown(people: Collection[Person], floor: Floor, noise: Noise = NONE) -> list[Person]:
    """Return who counts: real people alone from the floor on, else the simulated; none = too few.

    The number of real people must reach the floor truly, and with its noise by a margin.
    """
    real = [person for person in people if not person.simulated]
    if real and _reaches(floor.of(real), len(real), _noisy_size(real, noise), noise.margin()):
        return real
    made_up = [person for person in people if person.simulated]
    return made_up if len(made_up) >= floor.simulated else []


def picture(people: Collection[Person], floor: Floor, noise: Noise = NONE) -> Picture | None:
    """Return the group as it may be shown, or None where it is too small."""
    group = shown(people, floor, noise)
    if not group:
        return None
    simulated = group[0].simulated
    noise = NONE if simulated else noise
    size = _noisy_size(group, noise)
    states = _histogram(group, size, noise)
    sure = [person for person in group if person.shares]
    least = floor.simulated if simulated else floor.of(sure)
    is_sure = _reaches(least, len(sure), size - states[UNSURE], noise.margin(2))
    basis = size - states[UNSURE] if is_sure else size
    return Picture(
        n=round(basis) if simulated else band(basis),
        shares=_shares(sure, floor, states) if is_sure else {},
        unsure=STEP * round(100 * states[UNSURE] / size / STEP),
        simulated=simulated,
    )


def _reaches(least: int, true: int, noisy: float, margin: float) -> bool:
    return true >= least and noisy >= least + margin


def _noisy_size(people: Collection[Person], noise: Noise) -> float:
    return len(people) + noise.people("n")


def count(
    people: Collection[Person], floor: Floor, *, simulated: bool, noise: Noise = NONE
) -> int | None:
    """How many of the real people, as the least of a band, or of the simulated; None = too few."""
    kind = [person for person in people if person.simulated == simulated]
    if simulated:
        return len(kind) if len(kind) >= max(1, floor.simulated) else None
    noisy = len(kind) + noise.count()
    is_shown = _reaches(max(1, floor.people), len(kind), noisy, noise.margin_of_count)
    return band(noisy) if is_shown else None


def band(n: float) -> int:
    """Return the least number of the band of five that holds `n`."""
    return BAND * math.floor(n / BAND)


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


def _histogram(people: Collection[Person], size: float, noise: Noise) -> dict[str, float]:
    """Return how many people each state comes to, the rest and "not sure"; together `size`."""
    sums: defaultdict[str, float] = defaultdict(float)
    for person in people:
        for label, share in person.shares.items():
            sums[label] += share
        sums[REST] += max(0.0, 1 - sum(person.shares.values())) if person.shares else 0.0
    if sums[REST] <= 0.005 * len(people):  # the labels of this Predictor make 1 together
        del sums[REST]
    sums[UNSURE] += sum(not person.shares for person in people)
    return _projected({name: n + noise.people(name) for name, n in sums.items()}, size)


def _projected(values: Mapping[str, float], total: float) -> dict[str, float]:
    """Return the nearest values that are not below zero and have this sum.

    One constant is added to all that stay above zero, so no share is pulled towards the others
    (Norm-Sub: Wang et al. 2020, "Locally Differentially Private Frequency Estimation with
    Consistency").
    """
    left = sorted(values.values(), reverse=True)
    while left[-1] + (total - sum(left)) / len(left) < 0:
        left.pop()
    step = (total - sum(left)) / len(left)
    return {name: max(0.0, value + step) for name, value in values.items()}


def _shares(sure: Collection[Person], floor: Floor, states: Mapping[str, float]) -> dict[str, int]:
    """Return the share of each label guessed about enough of these people, in percent."""
    known: dict[str, list[Person]] = {}
    for person in sure:
        for label in person.shares:
            known.setdefault(label, []).append(person)
    enough = {label for label, who in known.items() if shown(who, floor)}
    whole = _percents({name: n for name, n in states.items() if name != UNSURE})
    return {label: whole[label] for label in sorted(_hold_back(enough, known, whole))}


def _hold_back(
    enough: set[str], known: Mapping[str, Collection[Person]], whole: Mapping[str, int]
) -> set[str]:
    """Return the labels to show. The shares make 100 together, so one that is held back alone would
    be the difference: the smallest of the others is held back with it."""
    if not enough or len(known) - len(enough) != 1:
        return enough
    return enough - {min(sorted(enough), key=lambda label: whole[label])}


def _percents(states: Mapping[str, float]) -> dict[str, int]:
    """Return parts of 100 in steps of 5, by largest remainders."""
    steps, total = 100 // STEP, sum(states.values())
    exact = {name: steps * n / total for name, n in states.items()}
    down = {name: math.floor(value) for name, value in exact.items()}
    order = sorted(exact, key=lambda name: (down[name] - exact[name], name))
    raised = set(order[: steps - sum(down.values())])
    return {name: STEP * (n + (name in raised)) for name, n in down.items()}
