"""Group figures from per-person data: floors, bands, noisy shares and 80 % intervals (I-22).

A share is rounded to 5 %, a number of people to a band of five; both carry sticky noise. The shares
of a picture stay coherent: none is negative and their sum is at most the whole. The interval of a
share is computed from these published numbers alone: Wilson's interval at the lower end of the band
of people, widened by the noise. The labels are those of the Predictor in use, so which of them
appear reveals nothing about one person.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from estimates.group_figures.noise import NO_NOISE, QUANTILE_80, Noise

Z80 = 1.2815515655446004
STEP = 5
BAND = 5
REST, UNSURE = "rest", "unsure"


@dataclass(frozen=True, slots=True)
class Floor:
    """Least group sizes.

    `people` is for what people did and reported, `biometric` for Estimates made with a biometric
    stream, `simulated` for simulated people.
    """

    people: int
    biometric: int
    simulated: int

    def required_for(self, people: Collection[GroupPerson]) -> int:
        """Return the least size of a group of these real people."""
        biometric = any(person.biometric for person in people)
        return self.biometric if biometric else self.people


@dataclass(frozen=True, slots=True)
class GroupPerson:
    """One Learner in a group: mean share by label; none = every Estimate abstained."""

    learner: int
    simulated: bool
    shares: Mapping[str, float]
    biometric: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """The publishable figures of a cell, in percent; no labels = not sure.

    `n` is the lower end of a band, or the exact number of simulated people. `unsure` is the share
    of people whose Estimates all abstained. In a cell of results, `right` is the part of each share
    with a correct answer, and `right_all` that of all states. `cells` is how many cells it sums up,
    and `entries` how many noisy entries of other states they have; 0 = as one cell.
    """

    n: int
    shares: Mapping[str, int]
    unsure: int
    simulated: bool
    right: Mapping[str, int] = field(default_factory=dict)
    right_all: int | None = None
    cells: int = 1
    entries: int = 0

    @property
    def ranges(self) -> dict[str, tuple[int, int]]:
        """Return the 80 % interval of each share, in percent."""
        spread = 0.0 if self.simulated else QUANTILE_80 / self.n
        return {label: interval(share, self.n, spread) for label, share in self.shares.items()}


def select_countable(
    people: Collection[GroupPerson], floor: Floor, noise: Noise = NO_NOISE
) -> list[GroupPerson]:
    """Return the real people if they reach the floor, else simulated ones that do, else none.

    The true number of real people must reach the floor, and the noisy number must exceed it by a
    margin.
    """
    real = [person for person in people if not person.simulated]
    if real and reaches(
        floor.required_for(real), len(real), noisy_size(real, noise), noise.margin()
    ):
        return real
    simulated = [person for person in people if person.simulated]
    return simulated if len(simulated) >= floor.simulated else []


def make_picture(
    people: Collection[GroupPerson], floor: Floor, noise: Noise = NO_NOISE
) -> Picture | None:
    """Return the publishable picture of this group, or None if it is too small."""
    group = select_countable(people, floor, noise)
    if not group:
        return None
    simulated = group[0].simulated
    noise = NO_NOISE if simulated else noise
    size = noisy_size(group, noise)
    states = noisy_histogram(group, size, noise)
    sure = [person for person in group if person.shares]
    least = floor.simulated if simulated else floor.required_for(sure)
    is_sure = reaches(least, len(sure), size - states[UNSURE], noise.margin(2))
    basis = size - states[UNSURE] if is_sure else size
    return Picture(
        n=round(basis) if simulated else band(basis),
        shares=_publishable_shares(sure, floor, states) if is_sure else {},
        unsure=STEP * round(100 * states[UNSURE] / size / STEP),
        simulated=simulated,
    )


def reaches(least: int, true: int, noisy: float, margin: float) -> bool:
    return true >= least and noisy >= least + margin


def noisy_size(people: Collection[GroupPerson], noise: Noise) -> float:
    return len(people) + noise.people("n")


def banded_count(
    people: Collection[GroupPerson], floor: Floor, *, simulated: bool, noise: Noise = NO_NOISE
) -> int | None:
    """Return the lower end of the band of real people, or the exact number of simulated ones.

    None = too few.
    """
    kind = [person for person in people if person.simulated == simulated]
    if simulated:
        return len(kind) if len(kind) >= max(1, floor.simulated) else None
    noisy = len(kind) + noise.count()
    is_shown = reaches(max(1, floor.people), len(kind), noisy, noise.margin_of_count)
    return band(noisy) if is_shown else None


def band(n: float) -> int:
    """Return the lower end of the band of five that contains `n`."""
    return BAND * math.floor(n / BAND)


@lru_cache(maxsize=4096)
def interval(share: int, n: int, spread: float) -> tuple[int, int]:
    """Return the 80 % interval of a share over at least `n` people, widened to steps of 5 %.

    `spread` is the half-width of the noise, as a proportion.
    """
    p = share / 100
    low, high = wilson_interval(p, n)
    low, high = p - math.hypot(p - low, spread), p + math.hypot(high - p, spread)
    low, high = math.floor(100 * low / STEP), math.ceil(100 * high / STEP)
    return max(0, STEP * low), min(100, STEP * high)


def wilson_interval(p: float, n: float) -> tuple[float, float]:
    """Return Wilson's 80 % interval of a proportion `p` over `n` (Wilson 1927, eq. 4)."""
    middle = (p + Z80**2 / (2 * n)) / (1 + Z80**2 / n)
    half = Z80 / (1 + Z80**2 / n) * math.sqrt(p * (1 - p) / n + Z80**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def noisy_histogram(people: Collection[GroupPerson], size: float, noise: Noise) -> dict[str, float]:
    """Return the noisy number of people by state, the rest and "not sure"; they sum to `size`."""
    sums: defaultdict[str, float] = defaultdict(float)
    for person in people:
        for label, share in person.shares.items():
            sums[label] += share
        sums[REST] += max(0.0, 1 - sum(person.shares.values())) if person.shares else 0.0
    if sums[REST] <= 0.005 * len(people):  # the labels of this Predictor sum to 1
        del sums[REST]
    sums[UNSURE] += sum(not person.shares for person in people)
    return _project_to_sum({name: n + noise.people(name) for name, n in sums.items()}, size)


def _project_to_sum(values: Mapping[str, float], total: float) -> dict[str, float]:
    """Return the nearest non-negative values with this sum.

    One constant is added to all values that stay above zero, so no share is pulled towards the
    others (Norm-Sub: Wang et al. 2020, "Locally Differentially Private Frequency Estimation with
    Consistency").
    """
    left = sorted(values.values(), reverse=True)
    while left[-1] + (total - sum(left)) / len(left) < 0:
        left.pop()
    step = (total - sum(left)) / len(left)
    return {name: max(0.0, value + step) for name, value in values.items()}


def _publishable_shares(
    sure: Collection[GroupPerson], floor: Floor, states: Mapping[str, float]
) -> dict[str, int]:
    """Return the share of each label estimated for enough of these people, in percent."""
    known: dict[str, list[GroupPerson]] = {}
    for person in sure:
        for label in person.shares:
            known.setdefault(label, []).append(person)
    enough = {label for label, who in known.items() if select_countable(who, floor)}
    whole = _round_to_percents({name: n for name, n in states.items() if name != UNSURE})
    return {label: whole[label] for label in sorted(_hold_back(enough, known, whole))}


def _hold_back(
    enough: set[str], known: Mapping[str, Collection[GroupPerson]], whole: Mapping[str, int]
) -> set[str]:
    """Return the labels to publish.

    The shares sum to 100, so a single label held back could be computed from the others. In that
    case the smallest of the others is held back too.
    """
    if not enough or len(known) - len(enough) != 1:
        return enough
    return enough - {min(sorted(enough), key=lambda label: whole[label])}


def _round_to_percents(states: Mapping[str, float]) -> dict[str, int]:
    """Round to percentages in steps of 5 that sum to 100, by largest remainders."""
    steps, total = 100 // STEP, sum(states.values())
    exact = {name: steps * n / total for name, n in states.items()}
    down = {name: math.floor(value) for name, value in exact.items()}
    order = sorted(exact, key=lambda name: (down[name] - exact[name], name))
    raised = set(order[: steps - sum(down.values())])
    return {name: STEP * (n + (name in raised)) for name, n in down.items()}
