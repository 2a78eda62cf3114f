"""Simulated gaze: in the Stream's channels, moved by its latents, fast, and its numbers sourced."""

from __future__ import annotations

import json
import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.features.gaze import NAMES, features
from emotion.labels import AFFECTS
from emotion.simulate.effects import EFFECTS_FILE
from emotion.simulate.eye_movements import EYE_EFFECTS_FILE, load_eye_effects, simulate_gaze
from emotion.streams import stream
from emotion.windows import cut_track, mask_present

RAW = json.loads(EYE_EFFECTS_FILE.read_text(encoding="utf-8"))
EMISSION = load_eye_effects().emission
# Rows of lab.json whose effects these channels have.
OF_LAB = {
    "fixation_s": "fixation_s",
    "moves": "saccades",
    "shift_deg": "saccade_amplitude",
    "regressions": "regressions",
    "roaming_deg": "dispersion",
    "off_screen": "off_screen",
    "blinks": "blinks",
}


def simulate(seconds, seed, **levels):
    latent = np.zeros((seconds, len(EMISSION.channels)))
    for name, level in levels.items():
        latent[:, EMISSION.channels.index(name)] = level
    return simulate_gaze(EMISSION, latent, np.random.default_rng(seed))


@cache
def measure(channel, level, people=5, seconds=300):
    """Return the means of the features over simulated people with this level of a channel."""
    found = []
    for seed in range(people):
        rows = simulate(seconds, seed, **{channel: level})
        cut = {"t0": 0.0, "t1": float(seconds), "backend": "", "period_s": 0.1}
        track = cut_track(stream("gaze"), rows.times, rows.values, **cut)
        made = features(track, float(seconds), seconds)
        found.append([v[m].mean() for v, m in zip(made.values.T, made.mask.T, strict=True)])
    return dict(zip(NAMES, np.mean(found, axis=0), strict=True))


@given(st.integers(0, 2**31), st.integers(1, 40))
@settings(max_examples=30)
def test_rows_are_those_of_the_stream(seed, seconds):
    rng = np.random.default_rng(seed)
    latent = rng.normal(0, 2, (seconds, len(EMISSION.channels)))
    rows = simulate_gaze(EMISSION, latent, rng)
    assert rows.values.shape == (10 * seconds, 8)
    assert rows.values.dtype == np.float32
    np.testing.assert_allclose(np.diff(rows.times), 0.1)
    there = mask_present(stream("gaze"), rows.values)
    assert (there | np.isnan(rows.values)).all()
    assert there[:, 7].all()
    for eye in (rows.values[:, :3], rows.values[:, 3:6]):
        seen = eye[~np.isnan(eye[:, 0])]
        np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1.0, atol=1e-5)


def test_a_seed_gives_the_same_rows():
    first, second, other = (simulate(30, seed).values for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other, equal_nan=True)


@pytest.mark.parametrize(
    ("channel", "feature", "sign"),
    [
        ("fixation_s", "shifts", -1),
        ("moves", "shifts", 1),
        ("shift_deg", "log_shift_deg", 1),
        ("shift_deg", "log_path_deg", 1),
        ("reading", "sweeps", 1),
        ("roaming_deg", "log_away_deg", 1),
        ("off_screen", "on_screen", -1),
        ("off_screen", "log_away_deg", 1),
        ("blinks", "blinks", 1),
    ],
)
def test_a_latent_moves_the_feature_that_means_it(channel, feature, sign):
    low, high = (measure(channel, level)[feature] for level in (-2.0, 2.0))
    assert sign * (high - low) > 0.02


def test_eyes_are_lost_only_in_blinks_and_about_as_often_as_asked():
    rows = simulate(1200, 3)
    lost = np.isnan(rows.values[:, 0])
    begins = np.sum(np.diff(lost.astype(int)) == 1) / 1200
    assert begins == pytest.approx(np.exp(-1.3), rel=0.25)
    assert (np.isnan(rows.values[:, 3]) == lost).all()


def test_effects_are_those_of_the_laboratory():
    lab = json.loads(EFFECTS_FILE.with_name("lab.json").read_text(encoding="utf-8"))
    for name, row in OF_LAB.items():
        assert RAW["channels"]["gaze"][name]["effects"] == lab["channels"]["gaze"][row]["effects"]
    others = set(EMISSION.channels) - set(OF_LAB)
    assert all(not RAW["channels"]["gaze"][name]["effects"] for name in others)


def test_every_number_has_a_source_or_is_assumed():
    for row in RAW["channels"]["gaze"].values():
        assert row["source"]
        assert set(row["effects"]) <= set(AFFECTS)
        assert all(source for _, source in row["effects"].values())
    for part in ("webcam", "scene"):
        assert all(source for _, source in RAW[part].values())


def test_twenty_minutes_take_less_than_a_sixteenth_of_a_second():
    latent = np.random.default_rng(0).normal(0, 1, (1200, len(EMISSION.channels)))
    best = 9.0
    for seed in range(12):
        begin = time.process_time()
        simulate_gaze(EMISSION, latent, np.random.default_rng(seed))
        best = min(best, time.process_time() - begin)
    assert best < 0.06
