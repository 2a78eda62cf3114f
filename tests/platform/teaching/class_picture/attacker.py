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

import numpy as np

from teaching.class_picture.noise import Noise, sticky_noise
from teaching.class_picture.proportions import Floor, GroupPerson, Picture, make_picture
from tools.inference_attack.noise_attack import fit_weights, guess_bits, make_sensed, mean_exactly

FLOOR = Floor(people=5, biometric=10, simulated=1)
SECRET = b"the secret of this site, 32 byte"
TARGET = 0
FRESH = random.Random(28)

People = Sequence[GroupPerson]
Publisher = Callable[[People, str], float | None]


def real(people: People, cell: str) -> float | None:
    """The share of confusion as the product publishes it."""
    noise = sticky_noise(SECRET, cell, {person.learner for person in people})
    found = make_picture(people, FLOOR, noise)
    return _confusion(found)


def weak(people: People, _cell: str) -> float | None:
    """A planted bad one: exact means, and nothing but the floor (notes/trust.md 5a)."""
    return mean_exactly(people, FLOOR)


def shared(people: People, cell: str) -> float | None:
    """A planted bad one: the noise of a class is the same whoever is in it, so it cancels."""
    found = make_picture(people, FLOOR, sticky_noise(SECRET, cell.rpartition(" ")[0], []))
    return _confusion(found)


def forgetful(people: People, _cell: str) -> float | None:
    """A planted bad one: new noise each time somebody asks, which averages away."""
    found = make_picture(people, FLOOR, Noise(FRESH.randbytes(32)))
    return _confusion(found)


def _confusion(found: Picture | None) -> float | None:
    return found.shares["CONFUSION"] / 100 if found and found.shares else None


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

    def next_of(self, here: People) -> People | None:
        """Of whom the same cell may be shown again: of nobody; a weak publisher asks nobody."""
        return None if self.guarded else here


Pair = tuple[float | None, float | None]


def leaves(trial: Trial) -> Pair:
    """The target withdraws: the product shows nothing more of that cell."""
    rest = trial.people[1:]
    after = None if trial.guarded else trial.seen(rest, "quarter")
    return trial.seen(trial.people, "quarter"), after


def joins(trial: Trial) -> Pair:
    """The target comes after a snapshot, and the next one is taken of whom it may be."""
    rest = trial.people[1:]
    who = trial.next_of(trial.people)
    return trial.seen(who, "second") if who else None, trial.seen(rest, "first")


def absent(trial: Trial) -> Pair:
    """The target is there in one quarter and not in the next."""
    return trial.seen(trial.people, "10:00"), trial.seen(trial.people[1:], "10:15")


def split(trial: Trial) -> Pair:
    """The class parts into two sibling cells; that of the target alone is under the floor."""
    assert trial.seen(trial.people[:1], "part two") is None
    return trial.seen(trial.people, "whole"), trial.seen(trial.people[1:], "part one")


def slides(trial: Trial) -> Pair:
    """A quarter in which the target comes too late, then one with; a weak publisher shows two of
    the first."""
    rest = trial.people[1:]
    early = [trial.seen(rest, "1")]
    if not trial.guarded:
        early.append(trial.seen(rest, "2"))
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
    people = [make_sensed(k, confused=label) for k, label in enumerate(labels)]
    trial = Trial(people, publish, f"{kind} {n} {number}", publish is real, asks)
    with_, without = KINDS[kind](trial)
    known = with_ if with_ is not None else without if without is not None else 0.5
    subtracted = n * known - (n - 1) * (without if without is not None else known)
    return labels[TARGET], subtracted, n * known


def _served(seen: np.ndarray, told: np.ndarray, trials: int) -> float:
    """How often the weights that fit the first half of the classes are right in the other."""
    weights = fit_weights(seen[trials:], told[trials:])
    return float((guess_bits(seen[:trials], weights) == told[:trials]).mean())


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
