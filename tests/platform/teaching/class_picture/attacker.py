"""An attacker: a Teacher who subtracts two pictures that differ by one Learner, the target.

Everything favours the attacker. They know how many people are in each picture and which one is the
target. No label changes between two pictures, and the labels are as far apart as estimates can be.
They have seen other classes with the true labels, and use the weights that worked best there.
`chance` is the accuracy of the same attacker without subtraction, from one picture of the class:
that one more person moves the mean of a class a little towards theirs is no secret.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from estimates.group_figures.noise import Noise, sticky_noise
from estimates.group_figures.proportions import Floor, GroupPerson, Picture, make_picture
from tools.inference_attack.noise_attack import fit_weights, guess_bits, make_sensed, mean_exactly

FLOOR = Floor(people=5, biometric=10, simulated=1)
SECRET = b"the secret of this site, 32 byte"
TARGET = 0
FRESH = random.Random(28)

People = Sequence[GroupPerson]
Publisher = Callable[[People, str], float | None]


def publish_as_product(people: People, cell: str) -> float | None:
    """Return the share of confusion as the product publishes it."""
    noise = sticky_noise(SECRET, cell, {person.learner for person in people})
    found = make_picture(people, FLOOR, noise)
    return _confusion(found)


def publish_exact_means(people: People, _cell: str) -> float | None:
    """Planted bad publisher: exact means, protected only by the floor (notes/trust.md 5a)."""
    return mean_exactly(people, FLOOR)


def publish_shared_noise(people: People, cell: str) -> float | None:
    """Planted bad publisher: the noise does not depend on who is in a class, so it cancels out."""
    found = make_picture(people, FLOOR, sticky_noise(SECRET, cell.rpartition(" ")[0], []))
    return _confusion(found)


def publish_fresh_noise(people: People, _cell: str) -> float | None:
    """Planted bad publisher: new noise for each request, which averages out."""
    found = make_picture(people, FLOOR, Noise(FRESH.randbytes(32)))
    return _confusion(found)


def _confusion(found: Picture | None) -> float | None:
    return found.shares["CONFUSION"] / 100 if found and found.shares else None


@dataclass(frozen=True, slots=True)
class Trial:
    """One class: its people, the target first, and how the next picture of a cell is made."""

    people: People
    publish: Publisher
    cell: str
    guarded: bool
    asks: int

    def picture_of(self, who: People, cell: str) -> float | None:
        return self.publish(who, f"{self.cell} {cell}")

    def next_of(self, here: People) -> People | None:
        """Return the people of the cell's next picture: none for the product, `here` for others."""
        return None if self.guarded else here


Pair = tuple[float | None, float | None]


def target_leaves(trial: Trial) -> Pair:
    """The target withdraws: the product shows nothing more of that cell."""
    rest = trial.people[1:]
    after = None if trial.guarded else trial.picture_of(rest, "quarter")
    return trial.picture_of(trial.people, "quarter"), after


def target_joins(trial: Trial) -> Pair:
    """The target joins after a snapshot; another follows if the publisher allows it."""
    rest = trial.people[1:]
    who = trial.next_of(trial.people)
    return trial.picture_of(who, "second") if who else None, trial.picture_of(rest, "first")


def target_absent(trial: Trial) -> Pair:
    """The target is present in one quarter and absent in the next."""
    return trial.picture_of(trial.people, "10:00"), trial.picture_of(trial.people[1:], "10:15")


def class_splits(trial: Trial) -> Pair:
    """The class splits into two sibling cells; the target's own is under the floor."""
    assert trial.picture_of(trial.people[:1], "part two") is None
    return trial.picture_of(trial.people, "whole"), trial.picture_of(trial.people[1:], "part one")


def quarter_slides(trial: Trial) -> Pair:
    """The target misses one quarter and is in the next; a weak publisher shows the first twice."""
    rest = trial.people[1:]
    early = [trial.picture_of(rest, "1")]
    if not trial.guarded:
        early.append(trial.picture_of(rest, "2"))
    return trial.picture_of(trial.people, "10:15"), _mean(early)


def views_repeat(trial: Trial) -> Pair:
    """Both quarters are requested repeatedly, to average out the noise."""
    asked = [target_absent(trial) for _ in range(trial.asks)]
    return _mean([one for one, _ in asked]), _mean([other for _, other in asked])


def teachers_collude(trial: Trial) -> Pair:
    """Two Teachers of two courses with the same class; the target takes part in one of them."""
    mine = [
        trial.picture_of(trial.people, "mine 10:00"),
        trial.picture_of(trial.people, "mine 10:15"),
    ]
    theirs = [trial.picture_of(trial.people[1:], "theirs 10:00")]
    return _mean(mine), _mean(theirs)


KINDS: Mapping[str, Callable[[Trial], Pair]] = {
    "leaves": target_leaves,
    "joins": target_joins,
    "absent": target_absent,
    "split": class_splits,
    "slides": quarter_slides,
    "repeats": views_repeat,
    "colludes": teachers_collude,
}


@dataclass(frozen=True, slots=True)
class AttackResult:
    """How often the target's label was inferred, with and without subtraction; 95 % intervals."""

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


def attack(kind: str, n: int, publish: Publisher, *, trials: int, asks: int = 5) -> AttackResult:
    """Attack `trials` classes, after learning from as many others."""
    rng = random.Random(f"{kind} {n}")
    rows = [_features(kind, n, publish, rng, number, asks) for number in range(2 * trials)]
    labels = np.array([row[0] for row in rows])
    pictures = np.array([row[1:] for row in rows])
    right = {
        name: _score_weights(pictures[:, columns], labels, trials)
        for name, columns in {"alone": [1], "subtracted": [0], "both": [0, 1]}.items()
    }
    return AttackResult(max(right["subtracted"], right["both"]), max(0.5, right["alone"]), trials)


def _features(
    kind: str, n: int, publish: Publisher, rng: random.Random, number: int, asks: int
) -> tuple[bool, float, float]:
    labels = [rng.random() < 0.5 for _ in range(n)]
    people = [make_sensed(k, confused=label) for k, label in enumerate(labels)]
    trial = Trial(people, publish, f"{kind} {n} {number}", publish is publish_as_product, asks)
    with_, without = KINDS[kind](trial)
    known = with_ if with_ is not None else without if without is not None else 0.5
    subtracted = n * known - (n - 1) * (without if without is not None else known)
    return labels[TARGET], subtracted, n * known


def _score_weights(pictures: np.ndarray, labels: np.ndarray, trials: int) -> float:
    """Return how often weights fitted on one half of the classes are right on the other."""
    weights = fit_weights(pictures[trials:], labels[trials:])
    return float((guess_bits(pictures[:trials], weights) == labels[:trials]).mean())


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
