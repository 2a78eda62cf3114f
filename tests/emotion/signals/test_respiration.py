"""Respiration from three modulations of a pulse: known breaths, disagreement, no breath."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.signals.respiration import BAND_HZ, find_breathing


def modulate(per_minute, depths, rng, noise=0.3, bpm=70.0):
    """Return beats over 30 s and their three modulations by breaths of these depths."""
    at = np.arange(0.4, 30, 60 / bpm)
    phase = 2 * np.pi * (per_minute / 60 * at + rng.random())
    rows = [depth * (np.sin(phase) + noise * rng.standard_normal(len(at))) for depth in depths]
    return at, 1 + np.array(rows)


@pytest.mark.parametrize("per_minute", [10, 12, 15, 18, 22, 26])
@given(st.integers(0, 2**31))
def test_known_breaths_are_counted(per_minute, seed):
    at, rows = modulate(per_minute, (0.05, 0.2, 0.03), np.random.default_rng(seed), noise=0.1)
    found = find_breathing(at, rows)
    assert abs(found.per_minute - per_minute) < 1
    assert abs(found.log_depth - np.log(np.array([0.05, 0.2, 0.03]) / np.sqrt(2)).mean()) < 0.3


@given(st.integers(0, 2**31), st.floats(0.1, 10), st.floats(0.1, 10))
def test_depth_follows_each_modulation_and_the_rate_does_not(seed, one, other):
    at, rows = modulate(15, (0.05, 0.2, 0.03), np.random.default_rng(seed), noise=0.1)
    scaled = (rows - 1) * np.array([[one], [other], [1.0]])
    first, second = find_breathing(at, rows), find_breathing(at, scaled)
    assert second.per_minute == pytest.approx(first.per_minute)
    change = (np.log(one) + np.log(other)) / 3
    assert second.log_depth - first.log_depth == pytest.approx(change, abs=1e-6)


def test_modulations_that_disagree_give_nothing():
    rng = np.random.default_rng(0)
    at = np.arange(0.4, 30, 0.85)
    rates = (10, 17, 25)
    rows = np.array([np.sin(2 * np.pi * (each / 60 * at + rng.random())) for each in rates])
    assert find_breathing(at, rows) is None


def test_noise_is_rarely_taken_for_breath():
    rng = np.random.default_rng(1)
    at = np.arange(0.4, 30, 0.85)
    found = [find_breathing(at, rng.standard_normal((3, len(at)))) for _ in range(400)]
    assert sum(each is not None for each in found) < 40


def test_a_constant_modulation_or_one_slower_than_a_breath_gives_nothing():
    at, rows = modulate(15, (0.05, 0.2, 0.03), np.random.default_rng(3))
    rows[1] = 1.0
    assert find_breathing(at, rows) is None
    at, rows = modulate(6, (0.05, 0.2, 0.03), np.random.default_rng(3), noise=0.05)
    assert find_breathing(at, rows) is None
    assert BAND_HZ[0] * 60 == 9
