"""The quality index falls with every kind of signal degradation."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.signals.heart_rate import read_ecg, read_ppg
from emotion.signals.quality import (
    correlate_beats,
    find_faults,
    find_intact,
    find_motion,
    measure_eda_quality,
    run_lengths,
)
from emotion.simulate import waveforms
from tests.fixtures.emotion.public_signals import NST_HZ, read_cut


def make_ppg(seed=1, **changes):
    return waveforms.simulate_ppg(72, np.random.default_rng(seed), **changes).values


def test_a_ppgs_quality_falls_with_motion():
    found = []
    for motion in (0.0, 0.3, 0.6, 1.2, 2.4):
        found.append(
            np.mean([read_ppg(make_ppg(s, motion=motion), 128.0).quality for s in range(8)])
        )

    assert found[0] > 0.95
    assert found[-1] < 0.5
    assert (np.diff(found) < 0).all()


def test_an_ecgs_quality_falls_with_electrode_motion():
    """Noise Stress Test: the record and its noise, separated, mixed at other levels."""
    loud, low = read_cut("nst_118e00") / 200, read_cut("nst_118e12") / 200
    noise = (loud - low) / (10 ** (12 / 20) - 1)
    levels = (24, 18, 12, 6, 0)
    mixed = [low + noise * (10 ** ((12 - level) / 20) - 1) for level in levels]
    found = [read_ecg(raw, NST_HZ).quality for raw in mixed]

    np.testing.assert_allclose(mixed[-1], loud, atol=1e-9)
    assert found[0] > 0.9
    assert found[-1] < 0.1
    assert (np.diff(found) <= 0).all()
    assert found[1] > found[2] > found[3] > found[4]


def test_a_stretch_without_signal_is_not_covered():
    raw = make_ppg()
    raw[128 * 30 :] = raw[128 * 30]

    assert read_ppg(raw, 128.0).quality == pytest.approx(0.5, abs=0.05)
    assert find_faults(raw, 128.0).flat[128 * 31 :].all()
    assert not find_faults(raw, 128.0).flat[: 128 * 29].any()


def test_clipped_crests_are_not_trusted():
    raw = make_ppg()
    clipped = np.minimum(raw, np.quantile(raw, 0.9))

    assert find_faults(clipped, 128.0).clipped.mean() == pytest.approx(0.1, abs=0.03)
    assert not find_faults(raw, 128.0).clipped.any()
    assert read_ppg(clipped, 128.0).quality < 0.5


def test_one_step_of_a_coarse_converter_is_not_clipping():
    assert not find_faults(np.rint(100 * make_ppg()), 128.0).clipped.any()


def test_a_wrist_moves_in_seconds_of_varying_acceleration():
    rng = np.random.default_rng(2)
    acc = np.tile([0.0, 0.0, 1000.0], (32 * 10, 1)) + rng.normal(0, 5, (320, 3))
    acc[32 * 4 : 32 * 6, 2] += rng.normal(0, 300, 64)
    found = find_motion(acc, 32.0, 64.0, 64 * 12)

    assert found.shape == (64 * 12,)
    assert np.unique(np.flatnonzero(found) // 64).tolist() == [4, 5]
    turned = acc[:, [2, 0, 1]]
    np.testing.assert_array_equal(find_motion(turned, 32.0, 64.0, 64 * 12), found)


def test_a_beat_unlike_the_others_correlates_less():
    beats = np.arange(1, 29)
    times = np.arange(30 * 64) / 64
    raw = np.exp(-0.5 * ((times[:, None] - beats) / 0.1) ** 2).sum(axis=1)
    raw[64 * 10 - 30 : 64 * 10 + 30] *= -1
    found = correlate_beats(raw, beats.astype(float), 64.0, (0.4, 0.6))

    assert found.argmin() == 9
    assert np.delete(found, 9).min() > 0.95
    np.testing.assert_array_equal(
        correlate_beats(raw, np.array([1.0, 2.0]), 64.0, (0.4, 0.6)), [0, 0]
    )


def test_a_beat_next_to_a_fault_is_not_trusted():
    broken = np.zeros(640, bool)
    broken[300] = True
    beats = np.array([4.5, (300 - 8) / 64, (300 + 12) / 64, 9.9])

    assert find_intact(beats, 64.0, broken).tolist() == [True, False, True, True]


def test_skin_conductance_is_trusted_second_by_second():
    raw = waveforms.simulate_eda(np.array([20.0]), np.array([0.5]), np.random.default_rng(3)).values
    assert measure_eda_quality(raw, 4.0) == 1

    for spoilt in (0.0, 80.0, np.nan):
        lost = raw.copy()
        lost[40:80] = spoilt
        assert measure_eda_quality(lost, 4.0) == pytest.approx(1 - 10 / 120, abs=0.02)

    jump = raw.copy()
    jump[202:] += 20
    assert measure_eda_quality(jump, 4.0) == pytest.approx(1 - 1 / 120, abs=1e-9)

    flat = raw.copy()
    flat[100:200] = flat[100]
    assert measure_eda_quality(flat, 4.0) == pytest.approx(1 - 25 / 120, abs=0.02)
    assert measure_eda_quality(np.zeros(0), 4.0) == 0


def test_runs_of_equal_samples_are_measured():
    found = run_lengths(np.array([1.0, 1, 2, 3, 3, 3]))

    assert found.tolist() == [2, 2, 1, 3, 3, 3]
    assert len(run_lengths(np.zeros(0))) == 0
