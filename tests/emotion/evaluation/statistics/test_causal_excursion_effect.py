"""The effect of an offer: right on average, honest about its width, and silent when it must be."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.evaluation.statistics.causal_excursion_effect import (
    LEAST_EACH,
    LEAST_LEARNERS,
    Decisions,
    detectable_difference,
    estimate_effect,
    needed_decisions,
)

EFFECT = 0.12


def drawn(rng, *, learners=24, each=25, by_state=True):
    """Learners who differ, moments good and bad; offered more often in the bad ones.

    A bad moment (half of them) costs .3 of the chance to be right; the offer gives .20 there and
    .04 in a good one, .12 on average.
    """
    learner = np.repeat(np.arange(learners), each)
    bad = rng.random(len(learner)) < 0.5
    level = 0.65 + rng.uniform(-0.15, 0.15, learners)[learner] - 0.3 * bad
    chance = np.where(bad, 0.8, 0.3) if by_state else np.full(len(learner), 0.5)
    offered = rng.random(len(learner)) < chance
    gain = np.where(bad, 0.20, 0.04)
    right = rng.random(len(learner)) < level + gain * offered
    return Decisions(right.astype(float), offered, chance, learner)


def naive(decisions):
    """Offered minus not offered as they stand, as if all were alike: what must not be done."""
    arms = [decisions.outcome[decisions.offered], decisions.outcome[~decisions.offered]]
    error = np.sqrt(sum(arm.var() / len(arm) for arm in arms))
    return arms[0].mean() - arms[1].mean(), error


@pytest.fixture(scope="module")
def many():
    """(the estimate, the naive difference) of 600 courses; the chance follows the moment."""
    rng = np.random.default_rng(5)
    logs = [drawn(rng) for _ in range(600)]
    return [estimate_effect(log) for log in logs], [naive(log) for log in logs]


def test_it_is_right_on_average_where_the_chance_follows_the_moment(many):
    values = np.array([each.value for each in many[0]])
    assert abs(values.mean() - EFFECT) < 3 * values.std() / np.sqrt(len(values))


def test_its_interval_holds_the_truth_95_times_in_100(many):
    held = np.mean([each.low <= EFFECT <= each.high for each in many[0]])
    assert 0.93 <= held <= 0.975


def test_its_error_is_the_spread_of_its_values(many):
    values, errors = zip(*((each.value, each.error) for each in many[0]), strict=True)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.12)


def test_the_naive_difference_is_wrong_there(many):
    """It sees that most offers came in bad moments, and finds no use in them."""
    values, errors = np.array(many[1]).T
    assert abs(values.mean() - EFFECT) > 0.1
    assert np.mean(abs(values - EFFECT) <= 1.96 * errors) < 0.3


def test_with_one_fair_coin_for_all_it_is_the_plain_difference():
    log = drawn(np.random.default_rng(1), by_state=False)
    assert estimate_effect(log).value == pytest.approx(naive(log)[0], abs=1e-12)


def test_few_learners_get_a_wider_interval_than_as_many_independent_decisions():
    """Learners in whom the offer works differently: 8 of them 40 times, or 320 once."""
    rng = np.random.default_rng(2)
    learner = np.repeat(np.arange(8), 40)
    offered = rng.random(320) < 0.5
    gains = rng.normal(0.1, 0.3, 8)[learner]
    right = (rng.random(320) < np.clip(0.5 + gains * (offered - 0.5), 0, 1)).astype(float)
    chance = np.full(320, 0.5)
    few = estimate_effect(Decisions(right, offered, chance, learner))
    lone = estimate_effect(Decisions(right, offered, chance, np.arange(320)))
    assert few.value == pytest.approx(lone.value)
    assert few.high - few.low > 1.3 * (lone.high - lone.low)


def test_eight_learners_are_enough_for_an_honest_interval():
    rng = np.random.default_rng(3)
    found = [estimate_effect(drawn(rng, learners=8, each=30)) for _ in range(300)]
    held = np.mean([each.low <= EFFECT <= each.high for each in found])
    assert 0.92 <= held <= 0.99


def test_few_learners_in_whom_it_works_differently_do_not_make_it_too_sure():
    """Uncorrected, the error of six learners would be an eighth too small."""
    rng, found = np.random.default_rng(7), []
    learner = np.repeat(np.arange(6), 40)
    for _ in range(500):
        chance = np.where(rng.random(240) < 0.5, 0.8, 0.3)
        offered = rng.random(240) < chance
        level = 0.5 + rng.normal(0.1, 0.15, 6)[learner] * offered
        right = (rng.random(240) < np.clip(level, 0, 1)).astype(float)
        found.append(estimate_effect(Decisions(right, offered, chance, learner)))
    spread = np.std([each.value for each in found])
    assert 0.97 * spread < np.mean([each.error for each in found]) < 1.2 * spread


def log_of(learners, offered, held):
    offers = np.array([True] * offered + [False] * held)
    learner = np.arange(len(offers)) % learners
    return Decisions(np.arange(len(offers)) % 2 * 1.0, offers, np.full(len(offers), 0.5), learner)


def test_too_little_data_is_said_to_be_too_little():
    assert estimate_effect(log_of(LEAST_LEARNERS - 1, 50, 50)) is None
    assert estimate_effect(log_of(LEAST_LEARNERS, LEAST_EACH - 1, 50)) is None
    assert estimate_effect(log_of(LEAST_LEARNERS, 50, LEAST_EACH - 1)) is None
    found = estimate_effect(log_of(LEAST_LEARNERS, LEAST_EACH, LEAST_EACH))
    assert (found.decisions, found.learners) == (2 * LEAST_EACH, LEAST_LEARNERS)


def test_what_was_certain_is_refused():
    with pytest.raises(ValueError, match="probability"):
        Decisions(np.ones(2), np.array([True, True]), np.array([0.5, 1.0]), np.arange(2))
    with pytest.raises(ValueError, match="one length"):
        Decisions(np.ones(3), np.array([True, True]), np.array([0.5, 0.5]), np.arange(2))


@pytest.mark.parametrize(("decisions", "points"), [(500, 14.0), (2000, 7.0), (8000, 3.5)])
def test_how_small_a_difference_so_many_decisions_show(decisions, points):
    assert 100 * detectable_difference(decisions) == pytest.approx(points, abs=0.05)
    assert detectable_difference(needed_decisions(points / 100)) <= points / 100


def test_the_planned_number_shows_the_planned_difference_8_times_in_10():
    """Independent learners here, so the design effect makes the plan a cautious one."""
    rng, seen = np.random.default_rng(4), 0
    for _ in range(200):
        offered = rng.random(500) < 0.5
        right = (rng.random(500) < 0.6 + 0.14 * offered).astype(float)
        found = estimate_effect(Decisions(right, offered, np.full(500, 0.5), np.arange(500)))
        seen += found.low > 0
    assert 0.8 <= seen / 200 <= 0.98


def test_an_uneven_lot_needs_more_decisions():
    assert needed_decisions(0.14, probability=0.7) > needed_decisions(0.14) > needed_decisions(0.2)
