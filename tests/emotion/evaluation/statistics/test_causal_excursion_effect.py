"""The effect of an offer: unbiased, with an honest interval, and none if data are insufficient."""

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


def draw_decisions(rng, *, learners=24, each=25, by_state=True):
    """Draw learners who differ, with good and bad moments; offers are more frequent in bad ones.

    A bad moment (half of them) lowers the probability of a right answer by .3; the offer adds .20
    there and .04 in a good one, .12 on average.
    """
    learner = np.repeat(np.arange(learners), each)
    bad = rng.random(len(learner)) < 0.5
    level = 0.65 + rng.uniform(-0.15, 0.15, learners)[learner] - 0.3 * bad
    chance = np.where(bad, 0.8, 0.3) if by_state else np.full(len(learner), 0.5)
    offered = rng.random(len(learner)) < chance
    gain = np.where(bad, 0.20, 0.04)
    right = rng.random(len(learner)) < level + gain * offered
    return Decisions(right.astype(float), offered, chance, learner)


def naive_difference(decisions):
    """Return the raw difference, offered minus not offered: the biased method."""
    arms = [decisions.outcome[decisions.offered], decisions.outcome[~decisions.offered]]
    error = np.sqrt(sum(arm.var() / len(arm) for arm in arms))
    return arms[0].mean() - arms[1].mean(), error


@pytest.fixture(scope="module")
def many():
    """(estimate, naive difference) of 600 courses; the probability depends on the moment."""
    rng = np.random.default_rng(5)
    logs = [draw_decisions(rng) for _ in range(600)]
    return [estimate_effect(log) for log in logs], [naive_difference(log) for log in logs]


def test_it_is_unbiased_if_the_probability_depends_on_the_moment(many):
    values = np.array([each.value for each in many[0]])
    assert abs(values.mean() - EFFECT) < 3 * values.std() / np.sqrt(len(values))


def test_its_interval_contains_the_truth_95_times_in_100(many):
    held = np.mean([each.low <= EFFECT <= each.high for each in many[0]])
    assert 0.93 <= held <= 0.975


def test_its_error_is_the_spread_of_its_values(many):
    values, errors = zip(*((each.value, each.error) for each in many[0]), strict=True)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.12)


def test_the_naive_difference_is_biased_there(many):
    """Most offers came in bad moments, so it finds no benefit."""
    values, errors = np.array(many[1]).T
    assert abs(values.mean() - EFFECT) > 0.1
    assert np.mean(abs(values - EFFECT) <= 1.96 * errors) < 0.3


def test_with_one_fair_coin_for_all_it_is_the_plain_difference():
    log = draw_decisions(np.random.default_rng(1), by_state=False)
    assert estimate_effect(log).value == pytest.approx(naive_difference(log)[0], abs=1e-12)


def test_few_learners_get_a_wider_interval_than_as_many_independent_decisions():
    """Learners for whom the offer works differently: 8 of them 40 times, or 320 once."""
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
    found = [estimate_effect(draw_decisions(rng, learners=8, each=30)) for _ in range(300)]
    held = np.mean([each.low <= EFFECT <= each.high for each in found])
    assert 0.92 <= held <= 0.99


def test_few_heterogeneous_learners_do_not_make_it_overconfident():
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


def test_insufficient_data_are_reported():
    assert estimate_effect(log_of(LEAST_LEARNERS - 1, 50, 50)) is None
    assert estimate_effect(log_of(LEAST_LEARNERS, LEAST_EACH - 1, 50)) is None
    assert estimate_effect(log_of(LEAST_LEARNERS, 50, LEAST_EACH - 1)) is None
    found = estimate_effect(log_of(LEAST_LEARNERS, LEAST_EACH, LEAST_EACH))
    assert (found.decisions, found.learners) == (2 * LEAST_EACH, LEAST_LEARNERS)


def test_deterministic_decisions_are_refused():
    with pytest.raises(ValueError, match="probability"):
        Decisions(np.ones(2), np.array([True, True]), np.array([0.5, 1.0]), np.arange(2))
    with pytest.raises(ValueError, match="one length"):
        Decisions(np.ones(3), np.array([True, True]), np.array([0.5, 0.5]), np.arange(2))


@pytest.mark.parametrize(("decisions", "points"), [(500, 14.0), (2000, 7.0), (8000, 3.5)])
def test_the_smallest_difference_that_these_decisions_show(decisions, points):
    assert 100 * detectable_difference(decisions) == pytest.approx(points, abs=0.05)
    assert detectable_difference(needed_decisions(points / 100)) <= points / 100


def test_the_planned_number_shows_the_planned_difference_8_times_in_10():
    """Learners are independent here, so the design effect makes the plan conservative."""
    rng, seen = np.random.default_rng(4), 0
    for _ in range(200):
        offered = rng.random(500) < 0.5
        right = (rng.random(500) < 0.6 + 0.14 * offered).astype(float)
        found = estimate_effect(Decisions(right, offered, np.full(500, 0.5), np.arange(500)))
        seen += found.low > 0
    assert 0.8 <= seen / 200 <= 0.98


def test_an_uneven_randomisation_needs_more_decisions():
    assert needed_decisions(0.14, probability=0.7) > needed_decisions(0.14) > needed_decisions(0.2)
