"""Each detector finds its behaviour exactly at its limit, and not one step earlier."""

from __future__ import annotations

import pytest

from emotion.behaviour.detectors import (
    detect_gaming,
    detect_good_progress,
    detect_help_avoidance,
    detect_inactivity,
    detect_wheel_spinning,
)

R, W = True, False


@pytest.mark.parametrize(
    ("right", "found", "longest"),
    [
        ([], False, 0),
        ([W] * 9, False, 0),
        ([W] * 10, True, 0),
        ([R, R, W] * 3 + [W], True, 2),
        ([R, R, W] * 3 + [R, R, R], False, 3),
        ([R, R, R] + [W] * 20, False, 3),
        ([R] * 10, False, 10),
    ],
)
def test_wheel_spinning_is_ten_tries_without_three_right_in_a_row(right, found, longest):
    seen = detect_wheel_spinning(right)
    assert (seen.found, seen.opportunities, seen.longest_run) == (found, len(right), longest)


@pytest.mark.parametrize(
    ("answers", "hints", "found"),
    [
        ([], [], False),
        ([2.9, 2.9, 2.9], [], True),
        ([2.9, 2.9, 3.0], [], False),
        ([2.9, 2.9, 2.9, 40.0], [], False),
        ([40.0, 1.0, 1.0, 1.0], [], True),
        ([40.0, 1.0, 1.0], [1.9], False),
        ([40.0], [1.9, 1.9], True),
        ([40.0], [1.9, 2.0], False),
    ],
)
def test_gaming_is_three_quick_answers_or_two_quick_hints_in_a_row(answers, hints, found):
    assert detect_gaming(answers, hints).found is found


def test_it_returns_the_number_of_quick_actions_in_a_row():
    seen = detect_gaming([1.0, 9.0, 1.0, 1.0], [9.0, 1.0])
    assert (seen.quick_answers, seen.quick_hints) == (2, 1)


@pytest.mark.parametrize(
    ("right", "times", "opened", "there", "found"),
    [
        ([W, W, W], [20.0, 40.0, 60.0], 0, 3, True),
        ([W, W, W], [20.0, 40.0, 60.0], 1, 3, False),
        ([W, W, W], [20.0, 40.0, 60.0], 0, 0, False),
        ([W, W, W], [5.0, 10.0, 59.9], 0, 3, False),
        ([W, W], [40.0, 90.0], 0, 3, False),
        ([W, W, W, R], [20.0, 40.0, 60.0, 70.0], 0, 3, False),
        ([R, W, W, W], [50.0, 60.0, 70.0, 80.0], 0, 3, False),
        ([R, W, W, W], [10.0, 20.0, 50.0, 70.0], 0, 3, True),
        ([], [], 0, 3, False),
    ],
)
def test_avoiding_help_in_a_long_struggle_is_found(right, times, opened, there, found):
    assert detect_help_avoidance(right, times, opened, there).found is found


@pytest.mark.parametrize(
    ("last", "opened", "now", "found", "since_s"),
    [
        (None, 0.0, 119.9, False, 119.9),
        (None, 0.0, 120.0, True, 120.0),
        (100.0, 0.0, 200.0, False, 100.0),
        (100.0, 0.0, 220.0, True, 120.0),
        # Activity before the question appeared does not count.
        (10.0, 100.0, 200.0, False, 100.0),
    ],
)
def test_stopping_is_two_minutes_without_activity_on_an_open_question(
    last, opened, now, found, since_s
):
    seen = detect_inactivity(last, opened, now)
    assert (seen.found, seen.since_s) == (found, pytest.approx(since_s))


@pytest.mark.parametrize(
    ("right", "hints", "found"),
    [
        ([R] * 4, [0] * 4, False),
        ([R] * 5, [0] * 5, True),
        ([W, R, R, R, R], [0] * 5, True),
        ([W, W, R, R, R], [0] * 5, False),
        ([R] * 5, [0, 0, 1, 0, 0], False),
        ([W] * 5 + [R] * 5, [2] * 5 + [0] * 5, True),
    ],
)
def test_flow_is_four_of_the_last_five_right_without_hints(right, hints, found):
    assert detect_good_progress(right, hints).found is found


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="times: expected one a try"):
        detect_help_avoidance([W], [], 0, 1)
    with pytest.raises(ValueError, match="hints_used: expected one a try"):
        detect_good_progress([R], [])
