"""Heart rate: near the truth if it is released, withheld if quality is low."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.signals.heart_rate import rate_bpm, read_ecg, read_ppg
from emotion.signals.quality import RATE_QUALITY
from emotion.signals.rr_intervals import from_lengths
from emotion.simulate import waveforms
from tests.fixtures.emotion.public_signals import A103L_HZ, NST_HZ, read_cut

HEARTS = np.linspace(55, 112, 20)


def true_rate(wave):
    return 60 / np.diff(wave.events_s).mean()


@pytest.mark.parametrize("motion", [0.0, 0.3, 0.6])
def test_the_rate_from_a_wrist_is_within_one_beat_a_minute(motion):
    """Benchmark B17."""
    errors = []
    for seed, bpm in enumerate(HEARTS):
        wave = waveforms.simulate_ppg(bpm, np.random.default_rng(seed), motion=motion)
        found = read_ppg(wave.values, wave.rate_hz).rate_bpm
        assert found is not None
        errors.append(abs(found - true_rate(wave)))

    assert np.mean(errors) <= 1


def test_the_rate_from_an_ecg_is_the_truth():
    for seed, bpm in enumerate(HEARTS[::4]):
        wave = waveforms.simulate_ecg(bpm, np.random.default_rng(seed), rate_hz=130.0)
        assert read_ecg(wave.values, 130.0).rate_bpm == pytest.approx(true_rate(wave), abs=0.3)


def test_noise_has_no_rate():
    noise = np.random.default_rng(6).standard_normal(128 * 60)
    for heart in (read_ppg(noise, 128.0), read_ecg(noise, 128.0)):
        assert heart.quality < RATE_QUALITY
        assert heart.rate_bpm is None


def test_a_flat_line_or_a_short_signal_has_no_rate():
    assert read_ppg(np.full(1280, 512.0), 128.0).rate_bpm is None
    wave = waveforms.simulate_ppg(60, np.random.default_rng(7), seconds=2)
    assert read_ppg(wave.values, wave.rate_hz).rate_bpm is None


def test_level_scale_and_start_time_change_nothing():
    wave = waveforms.simulate_ppg(70, np.random.default_rng(8))
    plain = read_ppg(wave.values, 128.0)
    other = read_ppg(20_000 + 300 * wave.values, 128.0)

    np.testing.assert_allclose(other.beats_s, plain.beats_s, atol=1e-6)
    assert plain.amplitude == pytest.approx(1.2, abs=0.4)
    assert other.amplitude == pytest.approx(300 * plain.amplitude)


def test_seconds_with_wrist_movement_are_left_out():
    wave = waveforms.simulate_ppg(70, np.random.default_rng(9))
    moving = np.zeros(len(wave.values), bool)
    moving[128 * 20 : 128 * 40] = True
    heart = read_ppg(wave.values, 128.0, moving)
    within = (heart.intervals.end_s > 20.2) & (heart.intervals.end_s < 39.8)

    assert not heart.intervals.good[within].any()
    assert heart.quality == pytest.approx(2 / 3, abs=0.05)
    assert read_ppg(wave.values, 128.0).quality > 0.95


def test_the_pulse_of_a_real_patient_has_the_rate_of_the_ecg():
    pulse, ecg = (
        read_ppg(read_cut("a103l_pleth"), A103L_HZ),
        read_ecg(read_cut("a103l_ii"), A103L_HZ),
    )

    assert min(pulse.quality, ecg.quality) > 0.95
    assert pulse.rate_bpm == pytest.approx(ecg.rate_bpm, abs=0.5)


def test_the_rate_of_a_real_ecg_is_that_of_its_annotations_or_withheld():
    """Noise Stress Test: at 12 dB most is usable, at 0 dB nothing is."""
    known = 60 * NST_HZ / np.diff(read_cut("nst_beats")).mean()
    good, bad = (read_ecg(read_cut(name) / 200, NST_HZ) for name in ("nst_118e12", "nst_118e00"))

    assert good.rate_bpm == pytest.approx(known, abs=3)
    assert bad.rate_bpm is None
    assert bad.quality < good.quality


def test_a_chest_straps_own_intervals_give_a_rate():
    assert rate_bpm(from_lengths(np.full(20, 0.75))) == pytest.approx(80)
    assert rate_bpm(from_lengths([0.75] * 18 + [0.6, 0.6])) == pytest.approx(80)
    assert rate_bpm(from_lengths([0.75, 0.75])) is None
    assert rate_bpm(from_lengths(np.full(20, 0.75), span_s=60.0)) is None
