"""The event detector against movements that are known, and what it must never depend on."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.signals.eye_movements import (
    SHORTEST_FIXATION_S,
    SMALLEST_DEG,
    detect_blinks,
    detect_eye_movements,
    find_runs,
)
from tests.fixtures.emotion.eyes import look_around, move_eyes, sample

RATES = (1000, 500, 250, 60, 30, 10)
seeds = st.integers(0, 2**31)


def detect(times, angles, rate_hz):
    return detect_eye_movements(times, angles, 1 / rate_hz)


def watch(seed, rate_hz, seconds=10, noise_deg=0.125, lost=0.0):
    """Return times and angles in 1/64 deg, in which sums are exact; a share of rows is missing."""
    rng = np.random.default_rng(seed)
    times, angles = sample(look_around(seconds, rng)[0], rate_hz, rng, noise_deg)
    angles = np.round(angles * 64) / 64
    angles[rng.random(len(angles)) < lost] = np.nan
    return times, angles


def match(truth, found):
    """Return F1 of two lists of spans (N, 2), matched one to one by overlap."""
    left, hits = list(found), 0
    for begin, end in truth:
        near = [span for span in left if span[0] < end and span[1] > begin]
        if near:
            best = max(near, key=lambda span: min(span[1], end) - max(span[0], begin))
            left = [span for span in left if span is not best]
            hits += 1
    return 2 * hits / max(1, len(truth) + len(found))


def same(first, second):
    np.testing.assert_array_equal(first.fixations, second.fixations)
    np.testing.assert_array_equal(first.saccades, second.saccades)


@pytest.mark.parametrize("rate_hz", RATES)
def test_planted_fixations_and_saccades_are_found_at_every_rate(rate_hz):
    rng = np.random.default_rng(1)
    angles, still = look_around(60, rng)
    times, seen = sample(angles, rate_hz, rng, 0.05)
    found = detect(times, seen, rate_hz)
    fixations = [(a / 1000, (b + 1) / 1000) for a, b in find_runs(still)]
    saccades = [(a / 1000, (b + 1) / 1000) for a, b in find_runs(~still)]
    ends = times[found.fixations] + np.array([0, 1 / rate_hz])
    least = 0.97 if rate_hz > 10 else 0.85
    assert match(fixations, ends.tolist()) > least
    assert match(saccades, times[found.saccades].tolist()) > least
    assert len(found.fixations) == pytest.approx(len(fixations), rel=0.05 if rate_hz > 10 else 0.2)


def test_slower_trackers_see_nearly_the_same_saccades():
    """Means over twenty viewers: of one viewer alone, the median size varies by 4 %."""
    ratios = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        angles, _ = look_around(40, rng, size_deg=5.0)
        quick, slow = (detect(*sample(angles, hz, rng, 0.1), hz) for hz in (60, 10))
        sizes = [np.median(np.hypot(*found.turns.T)) for found in (quick, slow)]
        ratios.append((len(slow.saccades) / len(quick.saccades), sizes[1] / sizes[0]))
    count, size = np.mean(ratios, axis=0)
    assert 0.85 < count <= 1.0
    assert size == pytest.approx(1, abs=0.1)


@given(seeds, st.sampled_from(RATES), st.integers(-64, 64), st.integers(0, 512))
@settings(max_examples=40)
def test_neither_a_bias_nor_the_time_matters(seed, rate_hz, bias, later):
    times, angles = watch(seed, rate_hz, seconds=3, lost=0.05)
    times = np.round(times * 4096) / 4096  # so that sums of times are exact too
    first = detect(times, angles, rate_hz)
    same(first, detect(times + later, angles + bias / 4, rate_hz))


@given(seeds, st.sampled_from(RATES))
@settings(max_examples=40)
def test_left_is_like_right_and_across_is_like_down(seed, rate_hz):
    times, angles = watch(seed, rate_hz, seconds=3, lost=0.05)
    first = detect(times, angles, rate_hz)
    same(first, detect(times, -angles, rate_hz))
    same(first, detect(times, angles[:, ::-1], rate_hz))


@given(seeds, st.sampled_from(RATES), st.floats(0, 0.6))
@settings(max_examples=60)
def test_events_are_apart_and_never_reach_over_missing_rows(seed, rate_hz, lost):
    times, angles = watch(seed, rate_hz, seconds=3, lost=lost)
    found = detect(times, angles, rate_hz)
    first, last = found.fixations.T
    assert (last > first).all()
    assert (first[1:] > last[:-1]).all()
    assert (times[last] - times[first] + 1 / rate_hz >= SHORTEST_FIXATION_S - 1e-9).all()
    for (before, after), turn in zip(found.saccades, found.turns, strict=True):
        assert not np.isnan(angles[before : after + 1]).any()
        assert np.hypot(*turn) > SMALLEST_DEG


@given(seeds, st.floats(0.1, 1.0))
@settings(max_examples=20)
def test_resting_eyes_seldom_move_however_large_the_noise(seed, noise_deg):
    rng = np.random.default_rng(seed)
    times, angles = sample(np.zeros((60_000, 2)), 10, rng, noise_deg)
    assert len(detect(times, angles, 10).saccades) < 12


def test_a_single_strange_row_is_no_saccade():
    angles = np.zeros((30, 2))
    angles[12] = [9.0, -4.0]
    found = detect(np.arange(30) / 10, angles, 10)
    assert found.fixations.tolist() == [[0, 29]]
    assert len(found.saccades) == 0


def test_a_row_in_the_middle_of_a_saccade_does_not_make_two():
    angles = np.repeat([[0.0, 0.0], [4.0, 1.0], [10.0, 2.0]], [10, 1, 10], axis=0)
    found = detect(np.arange(21) / 10, angles, 10)
    assert found.saccades.tolist() == [[9, 11]]
    np.testing.assert_array_equal(found.turns, [[10.0, 2.0]])


def test_a_gap_in_time_is_no_saccade():
    angles = np.repeat([[0.0, 0.0], [8.0, 0.0]], 10, axis=0)
    times = np.arange(20) / 10 + np.repeat([0.0, 3.0], 10)
    found = detect(times, angles, 10)
    assert found.fixations.tolist() == [[0, 9], [10, 19]]
    assert len(found.saccades) == 0


def test_a_dropped_row_does_not_divide_a_fixation_of_a_quick_tracker():
    angles = np.zeros((500, 2))
    angles[200:203] = np.nan
    assert detect(np.arange(500) / 500, angles, 500).fixations.tolist() == [[0, 499]]


def test_the_size_and_direction_of_a_saccade_are_measured():
    angles, _ = move_eyes([[0, 0], [8, 0], [8, -5]], [0.4, 0.4, 0.4])
    for rate_hz in RATES:
        found = detect(*sample(angles, rate_hz), rate_hz)
        np.testing.assert_allclose(found.turns, [[8, 0], [0, -5]], atol=0.4)


@pytest.mark.parametrize(("rows", "counts"), [(1, True), (4, True), (6, False)])
def test_a_blink_is_a_short_loss_between_rows_with_eyes(rows, counts):
    closed = np.zeros(40, bool)
    closed[10 : 10 + rows] = True
    found = detect_blinks(np.arange(40) / 10, closed, 0.1)
    assert found.tolist() == ([[10, 9 + rows]] if counts else [])


def test_a_loss_at_an_edge_or_beside_missing_rows_is_no_blink():
    closed = np.zeros(20, bool)
    closed[[0, 1, 9, 19]] = True
    times = np.arange(20) / 10 + np.repeat([0.0, 2.0], 10)  # no row for two seconds after the 10th
    assert len(detect_blinks(times, closed, 0.1)) == 0


def test_nothing_and_one_row_have_no_events():
    for rows in (0, 1, 2):
        found = detect(np.arange(rows) / 10, np.full((rows, 2), np.nan), 10)
        assert len(found.fixations) == len(found.saccades) == 0


def test_ten_seconds_at_ten_hertz_take_less_than_a_third_of_a_millisecond():
    times, angles = watch(3, 10)
    best = 1.0
    for _ in range(300):
        begin = time.process_time()
        detect(times, angles, 10)
        best = min(best, time.process_time() - begin)
    assert best < 0.3e-3
