"""Which intervals between beats are trusted, and what share of the time they cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.signals.rr_intervals import ALIKE, find_plausible, from_beats, from_lengths


def test_a_missed_and_an_extra_beat_are_not_good_and_their_neighbours_are():
    beats = np.arange(0, 30, 0.8)
    missed = np.delete(beats, 10)
    extra = np.sort(np.append(beats, beats[10] + 0.3))

    found = from_beats(missed, np.ones(len(missed)), 30.0)
    assert np.flatnonzero(~found.good).tolist() == [9]
    found = from_beats(extra, np.ones(len(extra)), 30.0)
    assert np.flatnonzero(~found.good).tolist() == [10, 11]


def test_an_untrusted_beat_invalidates_the_intervals_on_both_sides():
    alike = np.full(20, ALIKE)
    alike[7] -= 0.01

    assert np.flatnonzero(~from_beats(np.arange(20.0), alike, 20.0).good).tolist() == [6, 7]


def test_a_stricter_limit_keeps_intervals_between_more_similar_beats():
    alike = np.full(20, 0.95)
    alike[3] = 0.85
    found = from_beats(np.arange(20.0), alike, 20.0)

    assert found.good.all()
    assert np.flatnonzero(~found.select_likeness(0.9).good).tolist() == [2, 3]
    assert found.select_likeness(0.9).quality == pytest.approx(17 / 19)


def test_no_heart_beats_faster_than_200_or_slower_than_30():
    for length, possible in ((0.29, False), (0.31, True), (1.99, True), (2.01, False)):
        assert find_plausible(np.full(10, length)).all() == possible


def test_a_slowly_accelerating_heart_is_trusted_throughout():
    assert find_plausible(np.linspace(1.2, 0.5, 60)).all()


def test_a_temporarily_racing_heart_is_trusted():
    assert find_plausible(np.repeat([1.2, 0.6, 1.2], [60, 20, 60])).all()


def test_quality_is_the_share_of_time_that_good_intervals_cover():
    beats = np.arange(0.5, 60, 1.0)
    sure = np.ones(len(beats))

    assert from_beats(beats, sure, 60.0).quality == pytest.approx(1)
    sure[30:] = 0
    assert from_beats(beats, sure, 60.0).quality == pytest.approx(29 / 59)
    assert from_beats(beats[:20], sure[:20], 60.0).quality == pytest.approx(19 / 59)


@given(st.lists(st.floats(0.01, 5), max_size=40), st.integers(0, 2**16), st.floats(0, 300))
def test_quality_stays_between_0_and_1(lengths, seed, span):
    beats = np.cumsum(lengths)
    sure = np.random.default_rng(seed).uniform(0.7, 1, len(beats))
    found = from_beats(beats, sure, span)

    assert 0 <= found.quality <= 1
    assert len(found.good) == max(0, len(beats) - 1)


def test_a_devices_own_intervals_may_be_incomplete():
    found = from_lengths([0.8, 0.81, np.nan, 0.79, 1.7, 0.8])

    assert found.good.tolist() == [True, True, False, True, False, True]
    assert found.span_s == pytest.approx(0.8 + 0.81 + 0.8 + 0.79 + 1.7 + 0.8)
    assert from_lengths([]).quality == 0
    assert from_lengths([np.nan, np.nan]).quality == 0
    assert from_lengths([0.8] * 10, span_s=40.0).quality == pytest.approx(8 / 39.2)
