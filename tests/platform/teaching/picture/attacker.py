"""A Teacher who subtracts two pictures that differ by one Learner, whose label they want to know.

Everything is for the attacker. They know how many people are in each picture and which one is the
target. Nobody's label changes between two pictures, and the labels are as far apart as guesses get.
They have seen other classes with their truth, and weigh what they see by what served best there.
`chance` is what the same attacker says of the target without any subtraction, from one picture of
the class: that one person more in a class makes its mean a little more like theirs is no secret.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from teaching.picture.noise import Noise, sticky
from teaching.picture.shares import Floor, Person, picture, shown
from teaching.picture.snapshots import of_whom

FLOOR = Floor(people=5, biometric=10, simulated=1)
SECRET = b"the secret of this site, 32 byte"
CONFUSED, CALM = 0.85, 0.15
TARGET = 0
THEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

People = Sequence[Person]
Publisher = Callable[[People, str], float | None]


def real(people: People, cell: str) -> float | None:
    """The share of confusion as the product publishes it."""
    noise = sticky(SECRET, cell, {person.learner for person in people})
    found = picture(people, FLOOR, noise)
    return None if found is None else found.shares["CONFUSION"] / 100


def weak(people: People, _cell: str) -> float | None:
    """A planted bad one: exact means, and nothing but the floor (notes/trust.md 5a)."""
    group = shown(people, FLOOR)
    return sum(p.shares["CONFUSION"] for p in group) / len(group) if group else None


def shared(people: People, cell: str) -> float | None:
    """A planted bad one: the noise of a class is the same whoever is in it, so it cancels."""
    found = picture(people, FLOOR, sticky(SECRET, cell.rpartition(" ")[0], []))
    return None if found is None else found.shares["CONFUSION"] / 100


def forgetful(people: People, _cell: str) -> float | None:
    """A planted bad one: new noise each time somebody asks, which averages away."""
    found = picture(people, FLOOR, Noise(random.randbytes(32)))
    return None if found is None else found.shares["CONFUSION"] / 100


@dataclass(frozen=True, slots=True)
class Trial:
    """One class: its people, the target first, how a next picture of a cell is made."""

    people: People
    publish: Publisher
    cell: str
    guarded: bool
    asks: int

    def seen(self, who: People, cell: str) -> float | None:
        return self.publish(who, f"{self.cell} {cell}")

    def next_of(self, before: People, here: People) -> People | None:
        """Of whom the same cell may be shown again; a weak publisher asks nobody."""
        if not self.guarded:
            return here
        ids = {person.learner for person in before}
        latest = {person.learner: THEN + timedelta(minutes=5) for person in here}
        who = of_whom(ids, latest, since=THEN)
        return None if who is None else [person for person in here if person.learner in who]


Pair = tuple[float | None, float | None]


def leaves(trial: Trial) -> Pair:
    """The target withdraws: the product shows nothing more of that cell."""
    rest = trial.people[1:]
    after = None if trial.guarded else trial.seen(rest, "quarter")
    return trial.seen(trial.people, "quarter"), after


def joins(trial: Trial) -> Pair:
    """The target comes after a snapshot, and the next one is taken of whom it may be."""
    rest = trial.people[1:]
    who = trial.next_of(rest, trial.people)
    return trial.seen(who, "second") if who else None, trial.seen(rest, "first")


def absent(trial: Trial) -> Pair:
    """The target is there in one quarter and not in the next."""
    return trial.seen(trial.people, "10:00"), trial.seen(trial.people[1:], "10:15")


def split(trial: Trial) -> Pair:
    """The class parts into two sibling cells; that of the target alone is under the floor."""
    assert trial.seen(trial.people[:1], "part two") is None
    return trial.seen(trial.people, "whole"), trial.seen(trial.people[1:], "part one")


def slides(trial: Trial) -> Pair:
    """Three snapshots before the target comes late, each of whom it may be, then a quarter with."""
    rest = trial.people[1:]
    who = trial.next_of(rest, trial.people) or rest
    early = [trial.seen(rest, "1"), trial.seen(rest, "2")]
    if trial.guarded:
        early.append(trial.seen(who, "3"))
    return trial.seen(trial.people, "10:15"), _mean(early)


def repeats(trial: Trial) -> Pair:
    """Both quarters are asked for over and over, to average the noise away."""
    asked = [absent(trial) for _ in range(trial.asks)]
    return _mean([one for one, _ in asked]), _mean([other for _, other in asked])


def colludes(trial: Trial) -> Pair:
    """Two Teachers of two courses with the same class; the target takes part in one of them."""
    mine = [trial.seen(trial.people, "mine 10:00"), trial.seen(trial.people, "mine 10:15")]
    theirs = [trial.seen(trial.people[1:], "theirs 10:00")]
    return _mean(mine), _mean(theirs)


KINDS: Mapping[str, Callable[[Trial], Pair]] = {
    "leaves": leaves,
    "joins": joins,
    "absent": absent,
    "split": split,
    "slides": slides,
    "repeats": repeats,
    "colludes": colludes,
}


@dataclass(frozen=True, slots=True)
class Found:
    """How often the target's label was told, by subtracting and without, with 95 % intervals."""

    recovered: float
    chance: float
    trials: int

    def interval(self, rate: float) -> tuple[float, float]:
        half = 1.96 * math.sqrt(rate * (1 - rate) / self.trials)
        return rate - half, rate + half

    def __str__(self) -> str:
        (low, high), (least, most) = map(self.interval, (self.recovered, self.chance))
        return (
            f"recovered {self.recovered:.3f} ({low:.3f}–{high:.3f}), "
            f"chance {self.chance:.3f} ({least:.3f}–{most:.3f})"
        )


def attack(kind: str, n: int, publish: Publisher, *, trials: int, asks: int = 5) -> Found:
    """As many classes again to learn from as are attacked."""
    rng = random.Random(f"{kind} {n}")
    rows = [_features(kind, n, publish, rng, number, asks) for number in range(2 * trials)]
    told = np.array([row[0] for row in rows])
    seen = np.array([row[1:] for row in rows])
    right = {
        name: _served(seen[:, columns], told, trials)
        for name, columns in {"alone": [1], "subtracted": [0], "both": [0, 1]}.items()
    }
    return Found(max(right["subtracted"], right["both"]), max(0.5, right["alone"]), trials)


def _features(
    kind: str, n: int, publish: Publisher, rng: random.Random, number: int, asks: int
) -> tuple[bool, float, float]:
    labels = [rng.random() < 0.5 for _ in range(n)]
    people = [
        Person(k, False, {"CONFUSION": share, "INTEREST": 1 - share}, 0.0, biometric=True)
        for k, share in enumerate(CONFUSED if label else CALM for label in labels)
    ]
    trial = Trial(people, publish, f"{kind} {n} {number}", publish is real, asks)
    with_, without = KINDS[kind](trial)
    known = with_ if with_ is not None else without
    subtracted = n * known - (n - 1) * (without if without is not None else known)
    return labels[TARGET], subtracted, n * known


def _served(seen: np.ndarray, told: np.ndarray, trials: int) -> float:
    """How often the weights that fit the first half of the classes are right in the other."""
    features = np.c_[seen, np.ones(len(seen))]
    weights = np.linalg.lstsq(features[trials:], told[trials:].astype(float), rcond=None)[0]
    return float(((features[:trials] @ weights > 0.5) == told[:trials]).mean())


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
