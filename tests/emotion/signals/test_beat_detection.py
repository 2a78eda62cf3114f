"""Beats in simulated and real signals, compared with the known ones."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.signals.beat_detection import REFRACTORY_S, find_ecg_beats, find_ppg_beats, find_rises
from emotion.simulate import waveforms
from tests.fixtures.emotion.public_signals import A103L_HZ, NST_HZ, read_cut


def score_f1(found, known, within=0.15):
    """Return the share of F1 of `found` against `known`, each matched once."""
    near = np.abs(found[:, None] - known[None, :]) <= within
    hits = min(near.any(axis=1).sum(), near.any(axis=0).sum())
    return 2 * hits / (len(found) + len(known))


def measure_jitter(found, known):
    """Return the median deviation in s from the usual delay; half a sample's rounding gives 1/4."""
    late = found[:, None] - known[(known > 0.5) & (known < 29.5)]
    late = late[np.abs(late).argmin(axis=0), np.arange(late.shape[1])]
    return np.median(np.abs(late - np.median(late)))


@pytest.mark.parametrize("bpm", [50, 75, 120, 160])
@pytest.mark.parametrize("rate", [25.0, 64.0, 128.0])
def test_every_pulse_is_found_and_timed_finer_than_a_sample(bpm, rate):
    wave = waveforms.simulate_ppg(bpm, np.random.default_rng(bpm), seconds=30, rate_hz=rate)
    found = find_ppg_beats(wave.values, rate)

    assert score_f1(found, wave.events_s) >= 0.98
    assert measure_jitter(found, wave.events_s) < max(0.12 / rate, 0.003)


@pytest.mark.parametrize("bpm", [50, 75, 120, 160])
@pytest.mark.parametrize("rate", [100.0, 130.0, 256.0])
@pytest.mark.parametrize("up", [1, -1])
def test_every_r_peak_is_found_for_either_lead_polarity(bpm, rate, up):
    wave = waveforms.simulate_ecg(bpm, np.random.default_rng(bpm), seconds=30, rate_hz=rate)
    found = find_ecg_beats(up * wave.values, rate)

    assert score_f1(found, wave.events_s, within=0.02) >= 0.97
    assert measure_jitter(found, wave.events_s) < 0.001


def test_a_signal_that_begins_and_ends_in_a_rise_has_no_extra_beat():
    times = np.arange(0, 10, 1 / 128)
    raw = np.exp(-0.5 * ((times[:, None] - np.arange(0.05, 10, 1)) / 0.06) ** 2).sum(axis=1)
    raw[-8:] += np.linspace(0, 3, 8)
    found = find_rises(raw, 128.0)

    assert 0 <= found.min() < 0.06
    assert len(found) == 10


def test_beats_in_noise_are_in_order_and_no_faster_than_a_heart():
    noise = np.random.default_rng(5).standard_normal(128 * 60)
    pulses, peaks = find_ppg_beats(noise, 128.0), find_ecg_beats(noise, 128.0)

    assert min(len(pulses), len(peaks)) > 20
    assert np.diff(pulses).min() > 0
    assert np.diff(peaks).min() > REFRACTORY_S - 0.13
    assert max(len(pulses), len(peaks)) / 60 <= 1 / REFRACTORY_S


def test_a_signal_that_never_changes_has_no_beats():
    assert len(find_ppg_beats(np.full(1280, 512.0), 128.0)) == 0
    assert len(find_ecg_beats(np.full(1280, 512.0), 128.0)) == 0


def test_pulses_follow_the_r_peaks_of_a_real_patient():
    """Record a103l: one pulse after each R peak, at a constant delay."""
    r_peaks = find_ecg_beats(read_cut("a103l_ii"), A103L_HZ)
    pulses = find_ppg_beats(read_cut("a103l_pleth"), A103L_HZ)
    delay = np.median([(pulses[pulses > at][0] - at) for at in r_peaks[:-2]])

    assert len(r_peaks) == pytest.approx(30 * 127.5 / 60, abs=2)
    assert score_f1(pulses - delay, r_peaks, within=0.05) >= 0.98


def test_annotated_beats_are_found_at_12_db_of_electrode_motion():
    known = read_cut("nst_beats") / NST_HZ

    assert score_f1(find_ecg_beats(read_cut("nst_118e12") / 200, NST_HZ), known) >= 0.95
    assert score_f1(find_ecg_beats(read_cut("nst_118e00") / 200, NST_HZ), known) < 0.95
