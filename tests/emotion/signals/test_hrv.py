"""Variability: right if it is released, None if the signal is short or poor."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.signals.heart_rate import rate_bpm, read_ecg, read_ppg
from emotion.signals.hrv import EXACT, lf_hf, rmssd_ms, sdnn_ms
from emotion.signals.rr_intervals import from_beats, from_lengths
from emotion.simulate import waveforms

HEARTS = np.linspace(55, 112, 20)


def true_rmssd(wave):
    return 1000 * np.sqrt(np.mean(np.diff(np.diff(wave.events_s)) ** 2))


@pytest.mark.parametrize(("motion", "released"), [(0.0, 20), (0.3, 15), (0.6, 4)])
def test_released_rmssd_from_a_wrist_is_within_12_ms(motion, released):
    """Benchmark B17."""
    errors = []
    for seed, bpm in enumerate(HEARTS):
        wave = waveforms.simulate_ppg(bpm, np.random.default_rng(seed), motion=motion)
        found = rmssd_ms(read_ppg(wave.values, wave.rate_hz).intervals)
        if found is not None:
            errors.append(abs(found - true_rmssd(wave)))

    assert np.mean(errors) <= 12
    assert len(errors) >= released


def test_under_the_heaviest_motion_nothing_is_released():
    for seed, bpm in enumerate(HEARTS):
        wave = waveforms.simulate_ppg(bpm, np.random.default_rng(seed), motion=2.4)
        assert rmssd_ms(read_ppg(wave.values, wave.rate_hz).intervals) is None


def test_the_figures_equal_those_by_hand():
    found = from_lengths([0.80, 0.82, 0.78, 0.80] * 10)
    steps = [0.02, -0.04, 0.02] * 10 + [0.0] * 9

    assert rmssd_ms(found) == pytest.approx(1000 * np.sqrt(np.mean(np.square(steps))))
    lengths = [0.80, 0.82, 0.78, 0.80] * 10
    assert sdnn_ms(found) == pytest.approx(1000 * np.std(lengths, ddof=1))


def test_only_adjacent_good_intervals_make_a_difference():
    lengths = np.full(60, 0.8)
    lengths[30] = 1.6
    lengths[31:] = 0.85

    assert rmssd_ms(from_lengths(lengths)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("measure", [rmssd_ms, sdnn_ms])
def test_less_than_thirty_seconds_gives_none(measure):
    assert measure(from_lengths(np.full(37, 0.8))) is None
    assert measure(from_lengths(np.full(38, 0.8))) is not None


def test_too_little_coverage_gives_none():
    lengths = np.full(100, 0.8)
    lengths[::4] = np.nan

    for measure in (rmssd_ms, sdnn_ms, lf_hf):
        assert measure(from_lengths(lengths)) is None


def test_a_beat_good_enough_for_a_rate_may_not_be_for_variability():
    beats = np.arange(0, 150, 0.8)
    found = from_beats(beats, np.full(len(beats), EXACT - 0.01), 150.0)

    assert rate_bpm(found) == pytest.approx(75)
    for measure in (rmssd_ms, sdnn_ms, lf_hf):
        assert measure(found) is None


@pytest.mark.parametrize("missing", [(), (60, 130, 220)])
@pytest.mark.parametrize(("slow", "quick"), [(30.0, 15.0), (20.0, 20.0)])
def test_the_two_bands_are_distinguished_with_some_beats_missing(slow, quick, missing):
    at, lengths = 0.0, []
    while at < 300:
        wave = slow * np.sin(0.2 * np.pi * at) + quick * np.sin(0.5 * np.pi * at)
        lengths.append(0.8 + wave / 1000)
        at += lengths[-1]

    for first in missing:
        lengths[first : first + 6] = [np.nan] * 6
    assert lf_hf(from_lengths(lengths)) == pytest.approx((slow / quick) ** 2, rel=0.3)


def test_lf_hf_needs_two_minutes():
    lengths = 0.8 + 0.03 * np.random.default_rng(3).standard_normal(200)

    assert lf_hf(from_lengths(lengths[:148])) is None
    assert lf_hf(from_lengths(lengths)) is not None


def test_an_ecg_gives_it_to_a_millisecond():
    wave = waveforms.simulate_ecg(68, np.random.default_rng(4), rate_hz=256.0)

    assert rmssd_ms(read_ecg(wave.values, 256.0).intervals) == pytest.approx(
        true_rmssd(wave), abs=1.5
    )
