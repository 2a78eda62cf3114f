"""The threshold that a rule's rate means for one model, on series whose episodes are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emotion.labels import AFFECTS, PAPER_1, Affect
from emotion.models.crossmodal.acting_rates import (
    DWELLS_S,
    PER_HOUR,
    THRESHOLDS,
    add_signals,
    count_episodes,
    find_threshold,
    match_rates,
    measure_rates,
)
from emotion.windows import HOP_S

HOUR = round(3600 / HOP_S)
SERIES = arrays(np.float64, st.integers(20, 200), elements=st.floats(0.0, 1.0))


def hour(*heights, length=8):
    """Return an hour with one episode of each height, `length` Windows long."""
    values = np.full(HOUR, 0.05)
    for n, height in enumerate(heights):
        values[50 * n + 10 : 50 * n + 10 + length] = height
    return values


def proba(values):
    others = (1 - values) / 3
    return np.stack([others, others, others, values], axis=1)


def measure(values, true=None):
    """Return the rates on one recording; its state is confusion throughout unless given."""
    place = AFFECTS.index(Affect.CONFUSION)
    states = np.full(len(values), place) if true is None else true
    return measure_rates(PAPER_1, [(proba(values), states)])


def test_each_stretch_counts_once():
    assert count_episodes(hour(0.6, 0.7, 0.8), 0.5, 0.0) == 3
    assert count_episodes(hour(0.6, 0.7, 0.8), 0.65, 0.0) == 2


def test_a_stretch_shorter_than_the_dwell_does_not_count():
    values = hour(0.9, length=4)  # held for 15 s: from the first Window to the fourth
    assert count_episodes(values, 0.5, 15.0) == 1
    assert count_episodes(values, 0.5, 20.0) == 0


def test_the_threshold_of_a_rate_lets_no_more_through():
    heights = np.linspace(0.30, 0.95, 12)
    found = measure(hour(*heights))
    for rate in PER_HOUR:
        threshold = find_threshold(found, "confusion", rate, 0.0, 0.0)
        assert count_episodes(hour(*heights), threshold, 0.0) <= rate
    # Of twelve heights the four highest are above this, and the fifth is not.
    assert heights[-5] < find_threshold(found, "confusion", 4.0, 0.0, 0.0) <= heights[-4]


@given(SERIES, st.sampled_from(PER_HOUR), st.sampled_from(DWELLS_S))
def test_it_holds_for_any_series(values, rate, dwell):
    found = measure(values)
    threshold = find_threshold(found, "confusion", rate, dwell, 0.0)
    hours = len(values) * HOP_S / 3600
    higher = THRESHOLDS[threshold <= THRESHOLDS]
    assert all(count_episodes(values, t, dwell) / hours <= rate for t in higher)


@given(SERIES)
def test_a_rarer_or_longer_episode_needs_no_lower_or_higher_threshold(values):
    rows = np.array(measure(values)["thresholds"]["confusion"])
    assert (np.diff(rows, axis=0) <= 0).all()


def test_being_engaged_is_a_signal_of_its_own():
    series = np.eye(len(AFFECTS))
    found = add_signals(AFFECTS, series)
    engaged = {AFFECTS.index(Affect.INTEREST), AFFECTS.index(Affect.HAPPINESS)}
    assert set(np.flatnonzero(found["engaged"])) == engaged
    assert set(found) == {*(label.lower() for label in AFFECTS), "engaged"}


def test_a_rate_between_two_of_the_card_is_rounded_down():
    found = measure(hour(*np.linspace(0.3, 0.95, 12)))
    between = find_threshold(found, "confusion", 3.0, 25.0, 0.0)
    assert between == find_threshold(found, "confusion", 2.0, 20.0, 0.0)
    with pytest.raises(KeyError):
        find_threshold(found, "frustration", 2.0, 20.0, 0.0)


def test_nothing_reaches_the_threshold_of_a_rate_below_those_of_the_card():
    found = measure(hour(*np.linspace(0.3, 0.95, 12)))
    assert find_threshold(found, "confusion", PER_HOUR[0] / 2, 20.0, 0.0) == 1.0
    with pytest.raises(KeyError):
        find_threshold({}, "confusion", 2.0, 20.0, 0.0)


@settings(max_examples=20)
@given(SERIES, st.floats(0.2, 3.0))
def test_moved_rates_let_no_more_windows_through(values, power):
    values = np.minimum(values, 0.99)  # a threshold of 1 means never, and no estimate is certain
    rates = measure(values)
    before, after = (add_signals(PAPER_1, proba(each)) for each in (values, values**power))
    moved = match_rates(rates, before, after)
    for name, rows in rates["thresholds"].items():
        for old, new in zip(np.ravel(rows), np.ravel(moved["thresholds"][name]), strict=True):
            assert np.mean(after[name] >= new) <= np.mean(before[name] >= old)


def test_precision_is_the_share_of_stretches_that_are_right_when_the_dwell_is_over():
    values = hour(0.9, 0.8, 0.7, 0.6, 0.5)
    true = np.full(HOUR, AFFECTS.index(Affect.CONFUSION))
    true[10:13] = AFFECTS.index(Affect.BOREDOM)  # over before the dwell of the highest is
    true[60:70] = AFFECTS.index(Affect.BOREDOM)  # all of the second
    found = measure(values, true)
    column = DWELLS_S.index(30.0)
    rows = dict(zip(PER_HOUR, np.array(found["precision"]["confusion"])[:, column], strict=True))
    assert (rows[1.0], rows[2.0], rows[4.0]) == (1.0, 0.5, 0.75)
    assert find_threshold(found, "confusion", 2.0, 30.0, 0.9) == pytest.approx(0.81)
    assert find_threshold(found, "confusion", 4.0, 30.0, 0.7) == pytest.approx(0.51)


def test_what_is_never_so_precise_reaches_no_threshold():
    wrong = np.full(HOUR, AFFECTS.index(Affect.BOREDOM))
    found = measure(hour(0.9, 0.8, 0.7, 0.6), wrong)
    assert find_threshold(found, "confusion", 16.0, 30.0, 0.0) < 1
    assert find_threshold(found, "confusion", 16.0, 30.0, 0.01) == 1.0


@given(SERIES, st.lists(st.integers(0, 5), min_size=200, max_size=200), st.floats(0.0, 1.0))
def test_a_threshold_is_as_precise_as_asked_or_out_of_reach(values, states, precision):
    true = np.array(states[: len(values)])
    found = measure(values, true)
    threshold = find_threshold(found, "confusion", 60.0, 0.0, precision)
    if threshold < 1:
        held = values >= threshold
        begins = held & ~np.concatenate([[False], held])[:-1]
        right = true[begins] == AFFECTS.index(Affect.CONFUSION)
        assert not len(right) or right.mean() >= precision - 0.005  # rounded
