"""Differences of results with and without a state, and their intervals over people."""

from __future__ import annotations

import random

import pytest

from estimates.group_figures.differences import (
    FEW,
    FEWER,
    MORE,
    NO_DIFFERENCE,
    PercentInterval,
    results_of,
)
from estimates.group_figures.noise import Noise
from estimates.group_figures.proportions import Floor, Picture
from estimates.group_figures.week_figures import AnswerState, LearnerAnswers, make_week_picture

FLOOR = Floor(people=5, biometric=10, simulated=1)


def result(n, share, right, right_all, *, simulated=False, floor=5):
    found = Picture(
        n, {"CONFUSION": share}, 0, simulated, right={"CONFUSION": right}, right_all=right_all
    )
    return results_of(found, floor)[0]


@pytest.mark.parametrize(
    ("right", "right_all", "finding"),
    [(10, 55, FEWER), (45, 50, MORE), (25, 50, NO_DIFFERENCE), (22, 50, NO_DIFFERENCE)],
)
def test_it_finds_a_difference_only_if_the_interval_has_no_zero(right, right_all, finding):
    assert result(150, 50, right, right_all).finding == finding


def test_the_interval_is_newcombe_s_for_simulated_people():
    """By hand: 6 of 10 against 9 of 10, Wilson 80 %: .40–.77 and .72–.97; -.3 -.21 +.25."""
    found = result(20, 50, 30, 75, simulated=True)

    assert (found.inside, found.outside) == (PercentInterval(40, 80), PercentInterval(70, 100))
    assert found.difference == PercentInterval(-55, -5)


def test_real_people_have_wider_intervals_for_the_noise():
    made_up, real = (result(40, 50, 25, 50, simulated=flag) for flag in (True, False))

    assert real.difference.width > made_up.difference.width
    assert real.share.width > made_up.share.width


@pytest.mark.parametrize("share", [0, 4, 96, 100])
def test_a_state_or_its_opposite_of_too_few_people_is_held_back(share):
    found = result(100, share, share // 2, 50)

    assert (found.finding, found.inside, found.outside, found.most) == (FEW, None, None, 0)


def test_answers_alike_within_people_are_within_the_interval_as_often_as_it_says():
    """80 people answer 10 questions each, always right or always wrong, with no true difference."""
    rng, hits, rounds = random.Random(3), 0, 200
    for number in range(rounds):
        people = [make_learner(place, rng) for place in range(80)]
        found = make_week_picture(people, FLOOR, Noise(number.to_bytes(2, "big")))
        difference = results_of(found, 5)[0].difference
        hits += difference is None or difference.low <= 0 <= difference.high

    assert hits / rounds >= 0.8


def make_learner(place, rng):
    able, felt = rng.random() < 0.6, rng.random()
    shares = {"CONFUSION": felt, "INTEREST": 1 - felt}
    return LearnerAnswers(place, False, False, 10 * (AnswerState(able, shares),))
