"""Two wordings: a fair coin first, then more of the better one, never under a fifth of either."""

from __future__ import annotations

import random

import numpy as np
import pytest

from emotion.evaluation.statistics.thompson_sampling import (
    CONTROL,
    LEAST,
    WARM_UP,
    Arm,
    show_probability,
    win_probability,
)


def test_it_is_a_fair_coin_until_each_was_shown_fifty_times():
    assert show_probability(Arm(), Arm()) == 0.5
    assert show_probability(Arm(500, 500), Arm(WARM_UP - 1, 0)) == 0.5
    assert show_probability(Arm(WARM_UP, WARM_UP), Arm(WARM_UP, 0)) != 0.5


@pytest.mark.parametrize(
    ("first", "other"), [(Arm(200, 100), Arm(200, 130)), (Arm(60, 50), Arm(300, 30))]
)
def test_the_probability_equals_that_of_sampling_both(first, other):
    rng = np.random.default_rng(1)
    draws = [rng.beta(1 + arm.right, 1 + arm.shown - arm.right, 200_000) for arm in (first, other)]
    more = draws[1] - draws[0]
    expected = (more > LEAST).mean() + 0.5 * (abs(more) <= LEAST).mean()
    assert win_probability(first, other) == pytest.approx(expected, abs=0.004)


def test_the_better_wording_is_shown_more_and_the_control_at_least_a_fifth():
    good, bad = Arm(300, 240), Arm(300, 120)
    assert show_probability(bad, good) == pytest.approx(1 - CONTROL, abs=0.001)
    assert show_probability(good, bad) == pytest.approx(CONTROL, abs=0.001)
    assert show_probability(good, good) == pytest.approx(0.5, abs=0.01)


def test_it_does_not_depend_on_the_order():
    one, two = Arm(80, 50), Arm(120, 90)
    assert show_probability(one, two) == pytest.approx(1 - show_probability(two, one), abs=1e-3)


def test_nearly_equal_wordings_stay_nearly_even():
    """Five thousand cases each, one point apart: neither is preferred for that."""
    assert 0.35 < show_probability(Arm(5000, 3000), Arm(5000, 3050)) < 0.65


def test_over_the_nights_most_get_the_better_wording():
    rng, arms = random.Random(2), [Arm(), Arm()]
    shown = [0, 0]
    for _ in range(30):
        chance = show_probability(*arms)
        for _ in range(20):
            other = rng.random() < chance
            right = rng.random() < (0.75 if other else 0.5)
            arms[other] = Arm(arms[other].shown + 1, arms[other].right + right)
            shown[other] += 1
    assert shown[1] > 1.5 * shown[0]
    assert shown[0] >= CONTROL * sum(shown) * 0.8


def test_more_right_answers_than_cases_are_refused():
    with pytest.raises(ValueError, match="right <= shown"):
        Arm(1, 2)
