"""B23: a gap of five points between groups is flagged, and proof is distinguished from lack of
data.
"""

from __future__ import annotations

import numpy as np
import pytest

from emotion.evaluation.metrics.classification import confusions
from emotion.evaluation.metrics.fairness_gap import compare_groups


def group(people, right, rng, each=60):
    """Return confusions of people with accuracies near `right`, each with their own."""
    who = np.repeat(np.arange(people), each)
    own = np.clip(rng.normal(right, 0.06, people), 0, 1)[who]
    truth = rng.integers(0, 4, len(who))
    guess = np.where(rng.random(len(who)) < own, truth, (truth + 1) % 4)
    return confusions(truth, guess, who, 4)


def count_flagged(people, planted, seeds, kind="flagged"):
    found = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        one, other = group(people, 0.65, rng), group(people, 0.65 - planted, rng)
        found.append(getattr(compare_groups(one, other, rng=rng, draws=300), kind))
    return np.mean(found)


def test_a_planted_gap_of_five_points_is_flagged_in_95_of_100_draws():
    assert count_flagged(34, 0.05, 100) >= 0.95


def test_with_many_people_no_gap_raises_no_flag():
    assert count_flagged(400, 0.0, 15) <= 0.1


def test_with_few_people_the_flag_says_lack_of_data():
    assert count_flagged(6, 0.0, 20) >= 0.9
    assert count_flagged(6, 0.0, 20, "proved") <= 0.35


def test_a_large_gap_is_proved_in_either_direction():
    rng = np.random.default_rng(0)
    good, bad = group(30, 0.8, rng), group(30, 0.5, rng)
    one, other = compare_groups(good, bad, rng=rng), compare_groups(bad, good, rng=rng)
    assert one.proved
    assert other.proved
    assert one.size.value == pytest.approx(-other.size.value)
    assert one.size.value == pytest.approx(0.3, abs=0.06)
