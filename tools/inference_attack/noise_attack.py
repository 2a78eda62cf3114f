"""Guessing one bit from noisy figures: the attacker knows everything but the noise.

The attacker knows the code and all other people of the picture. For each of the two worlds they
draw figures as often as they like, fit weights that separate these draws, and guess with them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adaptation.effects.hint_ab_trial import estimate_effect as measure_wording
from adaptation.effects.proximal_outcome import (
    DETECTABLE_DIFFERENCE,
    MeasuredDecision,
    estimate_effects,
)
from adaptation.models import WordingShown
from emotion.evaluation.statistics import causal_excursion_effect
from emotion.evaluation.statistics.thompson_sampling import WARM_UP
from estimates.group_figures.noise import Noise
from estimates.group_figures.proportions import (
    Floor,
    GroupPerson,
    banded_count,
    make_picture,
    select_countable,
)
from teaching.effects.published_effects import (
    EVEN,
    LEANING,
    BlurredEffect,
    blur_effect,
    count_needed_decisions,
)

Shown = NDArray[np.float64]
Bits = NDArray[np.bool_]
Publish = Callable[[bool, Noise], Shown]
# Draws in each world to learn from, and guesses in each world that are scored.
TRAINING_DRAWS, SCORED_GUESSES = 150, 50
CONFUSED, CALM = 0.85, 0.15
LABELS: Final = ("CONFUSION", "INTEREST")
THEN: Final = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def accuracy(publish: Publish, rng: random.Random, *, quarters: int = 1) -> float:
    """Return the balanced accuracy of guesses about one victim whose figures `publish` gives.

    If the bit is the same in several quarters, the attacker adds up their figures.
    """

    def draw(bit: bool) -> Shown:
        noises = [Noise(rng.randbytes(32)) for _ in range(quarters)]
        return np.asarray(np.sum([publish(bit, noise) for noise in noises], axis=0))

    learnt = np.vstack([draw(bit) for bit in (False, True) for _ in range(TRAINING_DRAWS)])
    seen = [np.stack([draw(bit) for _ in range(SCORED_GUESSES)]) for bit in (False, True)]
    weights = fit_weights(learnt, np.repeat([False, True], TRAINING_DRAWS))
    right = [guess_bits(rows, weights) == bool(bit) for bit, rows in enumerate(seen)]
    return float(np.mean([each.mean() for each in right]))


def fit_weights(rows: Shown, bits: Bits) -> Shown:
    """Return the weights that best separate these rows by their bits (least squares)."""
    sides = np.where(bits, 1.0, -1.0)
    return np.asarray(np.linalg.lstsq(np.c_[rows, np.ones(len(rows))], sides, rcond=None)[0])


def guess_bits(rows: Shown, weights: Shown) -> Bits:
    """Return the bit that these weights predict for each row."""
    return np.asarray(np.c_[rows, np.ones(len(rows))] @ weights > 0)


def draw_others(floor: Floor, rng: random.Random, victim: int) -> list[GroupPerson]:
    """Draw all others of a picture.

    Their number by turns: one fewer than the floor, as many as are published half of the time, a
    class, or a large class.
    """
    least = floor.biometric
    size = (least - 1, least + 9, 28, 60)[victim % 4]
    return [make_sensed(n + 1, confused=rng.random() < 0.5) for n in range(size)]


def draw_reporters(floor: Floor, victim: int) -> list[GroupPerson]:
    """Return all others who pressed "Got it".

    Their number by turns: one fewer than the floor, the floor, as many as begin to be published, or
    a class.
    """
    least = floor.people
    size = (least - 1, least, least + 5, 28)[victim % 4]
    return [GroupPerson(n + 1, False, {}) for n in range(size)]


def make_sensed(number: int, *, confused: bool) -> GroupPerson:
    """Make a Learner with the most extreme label probabilities."""
    share = CONFUSED if confused else CALM
    return GroupPerson(number, False, {LABELS[0]: share, LABELS[1]: 1 - share}, biometric=True)


def publish_state(others: Sequence[GroupPerson], floor: Floor) -> Publish:
    """The secret: the victim is confused."""
    return lambda bit, noise: _flatten_picture(
        [make_sensed(0, confused=bit), *others], floor, noise
    )


def publish_sureness(others: Sequence[GroupPerson], floor: Floor) -> Publish:
    """The secret: any Estimate of the victim was certain."""
    unsure = GroupPerson(0, False, {}, biometric=True)
    return lambda bit, noise: _flatten_picture(
        [make_sensed(0, confused=True) if bit else unsure, *others], floor, noise
    )


def publish_membership(others: Sequence[GroupPerson], floor: Floor) -> Publish:
    """The secret: the victim was sensed and takes part."""
    victim = make_sensed(0, confused=True)
    return lambda bit, noise: _flatten_picture([*[victim][:bit], *others], floor, noise)


def publish_reports(others: Sequence[GroupPerson], floor: Floor) -> Publish:
    """The secret: the victim pressed "Got it" too.

    However often a Teacher looks in a quarter, it is one draw.
    """
    victim = GroupPerson(0, False, {})

    def publish(bit: bool, noise: Noise) -> Shown:
        seen = banded_count([*[victim][:bit], *others], floor, simulated=False, noise=noise)
        return np.zeros(2) if seen is None else np.array([1.0, seen / 5])

    return publish


def publish_decision(rng: random.Random, victim: int, *, met: bool) -> Publish:
    """The secret: a decision of a Trial was made (`met`), or its offer was delivered (else)."""
    planned = causal_excursion_effect.needed_decisions(DETECTABLE_DIFFERENCE, probability=0.5)
    learners, at = (28, 60, 120)[victim % 3], rng.randrange(planned)
    others = [
        _draw_followed(1 + n % learners, rng.random() < 0.5, rng, n) for n in range(2 * planned + 1)
    ]
    own = [_draw_followed(0, offered, rng, at) for offered in (False, True)]
    worlds = [
        [*others[:at], *mine, *others[at:]]
        for mine in (([], own[1:]) if met else (own[:1], own[1:]))
    ]
    effects = [estimate_effects(rows[:planned]) for rows in worlds]
    until = rng.randrange(planned, 2 * planned)

    def publish(bit: bool, noise: Noise) -> Shown:
        effect, made = effects[bit], until + len(worlds[bit]) - len(others)
        if effect is None or made < count_needed_decisions(planned, noise):
            return np.zeros(4)
        return _flatten_effect(blur_effect(effect.right, learners, noise, reach=EVEN))

    return publish


def publish_case(rng: random.Random, victim: int) -> Publish:
    """The secret: a Learner's case counts in the comparison of two wordings; not once they object.

    After the even cases the odds are 4 to 1 for the wording the victim read, or against it.
    """
    planned = causal_excursion_effect.needed_decisions(DETECTABLE_DIFFERENCE)
    odds = (0.8, 0.2, 0.5)[victim % 3]
    others = [
        _draw_reading(1 + n, 0.5 if n < 2 * WARM_UP else odds, rng) for n in range(2 * planned)
    ]
    own, at = (
        _draw_reading(0, odds, rng, other=victim % 2 == 0),
        rng.randrange(2 * WARM_UP, planned),
    )
    worlds = [others, [*others[:at], own, *others[at:]]]
    effects = [measure_wording(rows[:planned]) for rows in worlds]
    # For every fourth victim the end itself may leak the bit; for the others only the range.
    until = 2 * planned if victim % 4 else rng.randrange(planned, 2 * planned)

    def publish(bit: bool, noise: Noise) -> Shown:
        effect, read = effects[bit], until + bit
        if effect is None or read < count_needed_decisions(planned, noise):
            return np.zeros(4)
        return _flatten_effect(blur_effect(effect, planned, noise, reach=LEANING))

    return publish


def _flatten_effect(found: BlurredEffect) -> Shown:
    return np.array([1, found.low, found.high, found.people / 10], float)


def _draw_reading(
    learner: int, odds: float, rng: random.Random, *, other: bool | None = None
) -> WordingShown:
    """Make a case in which the other wording helps one in five, drawn with these odds."""
    drawn = rng.random() < odds if other is None else other
    right = rng.random() < 0.5 + 0.2 * drawn
    return WordingShown(learner_id=learner, other=drawn, probability=odds, right=right)


def _draw_followed(learner: int, offered: bool, rng: random.Random, n: int) -> MeasuredDecision:
    """Make a decision whose offer helps one in five."""
    right = rng.random() < 0.5 + 0.2 * offered
    at = THEN + timedelta(minutes=n)
    return MeasuredDecision(learner, False, at, False, offered, 0.5, right, 60.0, not right)


PICTURED: Final[Mapping[str, Callable[[Sequence[GroupPerson], Floor], Publish]]] = MappingProxyType(
    {
        "state": publish_state,
        "sure or not": publish_sureness,
        "takes part or not": publish_membership,
    }
)


def publish_exact(others: Sequence[GroupPerson], floor: Floor) -> Publish:
    """A planted defect: exact means from the floor on."""

    def publish(bit: bool, _: Noise) -> Shown:
        return np.array([mean_exactly([make_sensed(0, confused=bit), *others], floor) or 0.0])

    return publish


def mean_exactly(people: Sequence[GroupPerson], floor: Floor) -> float | None:
    """Return the exact mean share of confusion from the floor on; a planted defect."""
    group = select_countable(people, floor)
    return float(np.mean([one.shares[LABELS[0]] for one in group])) if group else None


def _flatten_picture(people: Sequence[GroupPerson], floor: Floor, noise: Noise) -> Shown:
    """Return all numbers of a picture as the pages publish them; zeros where there is none."""
    seen = make_picture(people, floor, noise)
    if seen is None:
        return np.zeros(3 + 2 * len(LABELS))
    ends = [end for label in LABELS for end in seen.ranges.get(label, (-5, -5))]
    return np.array([5, seen.n, seen.unsure, *ends], float) / 5
