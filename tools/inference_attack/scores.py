"""Accuracy of guesses, with the upper end of its 95 % interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

# Of a two-sided 95 % interval.
UPPER_END = 0.975


@dataclass(frozen=True, slots=True)
class AttackScore:
    """Balanced accuracy over `victims` victims, and the upper end of its 95 % interval."""

    accuracy: float
    upper: float
    victims: int


def score_identity(different: int, victims: int) -> AttackScore:
    """Score the best attacker: right wherever two worlds differ, and else by the toss of a coin.

    The upper end comes from Clopper and Pearson's 95 % interval of the share of victims whose
    worlds differ.
    """
    most = 1.0 if different == victims else beta.ppf(UPPER_END, different + 1, victims - different)
    return AttackScore(0.5 + different / (2 * victims), 0.5 + float(most) / 2, victims)


def score_victims(accuracies: Sequence[float]) -> AttackScore:
    """Return the mean of the victims' balanced accuracies, with a bootstrap interval."""
    found = np.array(accuracies)
    rng = np.random.default_rng(27)
    means = rng.choice(found, (2000, len(found))).mean(axis=1)
    return AttackScore(float(found.mean()), float(np.quantile(means, UPPER_END)), len(found))
