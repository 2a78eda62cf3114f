"""Gaze features: what they mean on people of known behaviour, and what must not change them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.features.gaze import LEAST_SEEN, NAMES, features
from emotion.features.window import opening, window_features
from emotion.models import open_artefact
from emotion.signals.eye_movements import find_runs
from emotion.windows import Window
from tests.fixtures.emotion.eyes import gaze_rows, gaze_window, look_around, read_lines, sample
from tests.fixtures.emotion.tracks import SENSED, window
from tests.fixtures.models.edge_vectors import PRIOR

SECONDS = 40
GAIN, NOISE_DEG = 0.3, 0.3  # of a webcam
seeds = st.integers(0, 2**31)


def film(angles, rng, rate_hz=10, gain=GAIN, noise_deg=NOISE_DEG):
    return gaze_rows(sample(angles * gain, rate_hz, rng, noise_deg)[1])


def measure(rows, rate_hz=10):
    """Return each feature's mean over the seconds that have it."""
    seen = gaze_window(rows, rate_hz)
    made = features(seen.streams["gaze"], seen.t1, round(seen.t1 - seen.t0))
    found = zip(NAMES, made.values.T, made.mask.T, strict=True)
    return {name: float(v[m].mean()) if m.any() else np.nan for name, v, m in found}


def simulated(seed, seconds=10):
    rng = np.random.default_rng(seed)
    rows = film(look_around(seconds, rng)[0], rng)
    rows[rng.random(len(rows)) < 0.06, :7] = np.nan
    return rows


def rotated(rows, degrees):
    """Return the same eyes seen by a camera further to the left."""
    turn, found = np.radians(degrees), rows.astype(np.float64)
    for x, z in ((0, 2), (3, 5)):
        right, away = found[:, x].copy(), found[:, z].copy()
        found[:, x] = np.cos(turn) * right - np.sin(turn) * away
        found[:, z] = np.sin(turn) * right + np.cos(turn) * away
    return found


def agree(first, second, atol=2e-3):
    assert (first.mask == second.mask).mean() > 0.99
    both = first.mask & second.mask
    np.testing.assert_allclose(first.values[both], second.values[both], atol=atol)


def steps_of(rows, rate_hz=10):
    seen = gaze_window(rows, rate_hz)
    return features(seen.streams["gaze"], seen.t1)


@pytest.mark.parametrize(("gain", "noise_deg"), [(1.0, 0.05), (GAIN, NOISE_DEG)])
def test_a_reader_a_viewer_and_a_starer_differ_as_they_should(gain, noise_deg):
    rng = np.random.default_rng(1)
    people = (
        read_lines(SECONDS, rng),
        look_around(SECONDS, rng)[0],
        np.zeros((1000 * SECONDS, 2)),
    )
    reader, viewer, starer = (measure(film(p, rng, gain=gain, noise_deg=noise_deg)) for p in people)
    assert reader["sweeps"] > 3 * max(viewer["sweeps"], starer["sweeps"])
    assert reader["sideways"] > viewer["sideways"] + 0.2
    assert min(reader["shifts"], viewer["shifts"]) > starer["shifts"] + 0.3
    assert starer["log_fixation_s"] > max(reader["log_fixation_s"], viewer["log_fixation_s"]) + 0.5
    assert min(reader["log_spread_deg"], viewer["log_spread_deg"]) > starer["log_spread_deg"] + 0.3
    assert min(reader["log_path_deg"], viewer["log_path_deg"]) > starer["log_path_deg"] + 0.3


@given(seeds)
@settings(max_examples=10)
def test_reading_from_right_to_left_has_the_same_features(seed):
    rows = film(read_lines(SECONDS, np.random.default_rng(seed)), np.random.default_rng(seed))
    mirrored = rows * np.array([-1, 1, 1, -1, 1, 1, 1, 1], np.float32)
    first, second = measure(rows), measure(mirrored)
    for name in NAMES:
        assert first[name] == pytest.approx(second[name], abs=1e-4), name


def test_about_one_sweep_is_found_for_each_line():
    rng = np.random.default_rng(4)
    angles = read_lines(60, rng)
    back = find_runs(np.diff(angles[:, 0]) < 0)
    lines = np.sum(angles[back[:, 1] + 1, 0] - angles[back[:, 0], 0] < -8)
    for gain, noise_deg in ((1.0, 0.05), (GAIN, NOISE_DEG)):
        found = measure(film(angles, rng, gain=gain, noise_deg=noise_deg))["sweeps"] * 60
        assert lines * 0.7 < found < lines * 1.3


def test_who_looks_away_is_further_off_and_less_likely_at_the_screen():
    rng = np.random.default_rng(2)
    angles = look_around(SECONDS, rng)[0] * GAIN
    angles[20_000:25_000] += [25, 0]
    rows = gaze_rows(sample(angles, 10, rng, NOISE_DEG)[1])
    rows[200:250, 6] = 0.1
    seen = gaze_window(rows, 10)
    made = features(seen.streams["gaze"], seen.t1, SECONDS)
    away = np.isin(np.arange(SECONDS), range(21, 24))
    off, screen = (made.values[:, NAMES.index(name)] for name in ("log_away_deg", "on_screen"))
    assert off[away].min() > off[~away][[0, 1, 5, 30]].max() + 0.5
    assert screen[away].max() < 0.2 < screen[:19].min()


def test_blinks_are_counted_but_not_shut_eyes_or_a_lost_face():
    rows = gaze_rows(np.zeros((100, 2)))
    rows[[12, 33, 34, 58], :7] = np.nan  # three blinks, one of two rows
    rows[70:85, :7] = np.nan
    made = steps_of(rows)
    blinks, blinking = (made.values[:, NAMES.index(name)] for name in ("blinks", "blinking"))
    np.testing.assert_allclose(blinks, [0, 1, 0, 1, 0, 1, 0, 0, 0, 0])
    np.testing.assert_allclose(blinking, [0, 0.1, 0, 0.2, 0, 0.1, 0, 0, 0, 0], atol=1e-6)


@given(seeds, st.integers(0, 400))
@settings(max_examples=20)
def test_shifting_time_changes_nothing(seed, by):
    seen = gaze_window(simulated(seed), 10, t0=16.0)
    track = seen.streams["gaze"]
    later = features(replace(track, times=track.times + by), seen.t1 + by)
    agree(features(track, seen.t1), later, atol=1e-5)


@given(seeds, st.floats(-25, 25))
@settings(max_examples=20)
def test_turning_the_camera_sideways_changes_nothing(seed, degrees):
    rows = simulated(seed)
    agree(steps_of(rows), steps_of(rotated(rows, degrees)), atol=0.02)


@given(seeds)
@settings(max_examples=30)
def test_masked_values_have_no_effect(seed):
    rng = np.random.default_rng(seed)
    seen = gaze_window(simulated(seed), 10)
    track = seen.streams["gaze"]
    hidden = track.mask & (rng.random(track.mask.shape) < 0.8)
    wild = np.where(hidden, track.values, np.float32(rng.normal(0, 1e6)))
    pair = [features(replace(track, mask=hidden, values=v), seen.t1) for v in (track.values, wild)]
    agree(*pair, atol=0)


@given(seeds, st.integers(0, 9), st.sampled_from(["lost", "dark", "one eye"]))
@settings(max_examples=40)
def test_a_second_without_eyes_has_no_direction(seed, second, why):
    rows = simulated(seed)
    inside = slice(10 * second, 10 * second + 10)
    if why == "dark":
        rows[inside, 7] = 0.3
    else:
        rows[inside, {"lost": slice(0, 7), "one eye": slice(0, 3)}[why]] = np.nan
    made = steps_of(rows)
    known = made.mask[second]
    assert not known[: NAMES.index("on_screen")].any()
    assert known[NAMES.index("blinks")] == (why != "dark")
    assert np.isfinite(made.values).all()
    assert not made.values[~made.mask].any()


@given(seeds, st.floats(0, 1))
@settings(max_examples=40)
def test_nothing_is_known_of_a_second_less_than_half_seen(seed, lost):
    rng = np.random.default_rng(seed)
    rows = simulated(seed)
    rows[rng.random(len(rows)) < lost, :7] = np.nan
    made = steps_of(rows)
    seen = (~np.isnan(rows[:, 0])).reshape(10, 10).mean(axis=1)
    np.testing.assert_array_equal(made.mask[:, 0], seen >= LEAST_SEEN)


def test_five_rows_a_second_are_too_few_for_shifts_and_blinks():
    made = steps_of(simulated(3)[::2], rate_hz=5)
    few = [name for name, there in zip(NAMES, made.mask.any(axis=0), strict=True) if not there]
    unseen = {"log_spread_deg", "log_away_deg", "on_screen"}
    assert set(few) == set(NAMES) - unseen


@given(seeds)
@settings(max_examples=10)
def test_a_tracker_of_sixty_and_of_ten_rows_a_second_agree(seed):
    rng = np.random.default_rng(seed)
    angles = look_around(SECONDS, rng, size_deg=6.0)[0]
    quick, slow = (measure(film(angles, rng, hz, gain=1.0, noise_deg=0.1), hz) for hz in (60, 10))
    assert slow["shifts"] == pytest.approx(quick["shifts"], rel=0.25)
    for name in ("log_fixation_s", "log_shift_deg", "log_path_deg", "log_spread_deg"):
        assert slow[name] == pytest.approx(quick[name], abs=0.25), name
    assert slow["sideways"] == pytest.approx(quick["sideways"], abs=0.1)


def test_a_window_has_gaze_and_its_distance_from_the_opening():
    usual = opening(gaze_window(simulated(5, 60), 10, t0=0.0))
    later = replace(gaze_window(simulated(6), 10, t0=70.0), opening=usual)
    found = window_features(later)["gaze"]
    both = found.mask[:, len(NAMES) :]
    assert both.any(axis=0).all()
    away = (found.values[:, : len(NAMES)] - usual["gaze"])[both]
    np.testing.assert_allclose(found.values[:, len(NAMES) :][both], away, atol=1e-5)


def test_the_shipped_prior_reads_gaze():
    prior = open_artefact(PRIOR)
    seen = [window(70.0, 80.0, seed, SENSED) for seed in range(3)]
    eyes = gaze_window(simulated(1), 10, t0=70.0).streams
    with_eyes = [Window(w.t0, w.t1, {**w.streams, **eyes}) for w in seen]
    first, second = prior.predict(seen), prior.predict(with_eyes)
    assert (np.abs(first.proba - second.proba).max(axis=1) > 1e-3).all()
    assert not any("gaze" in reason for reasons in second.reasons for reason in reasons)
