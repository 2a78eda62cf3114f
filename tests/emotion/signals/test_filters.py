"""The papers' filters: their band edges, their order, and the input they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal as sp

from emotion.signals.filters import (
    ECG,
    EDA,
    PPG,
    FilterBand,
    cut_first,
    design,
    design_chain,
    design_notch,
    filter_causally,
    filter_offline,
    prepare,
    resample,
    standardise,
)

HALF_POWER = np.sqrt(0.5)


def measure_gain(sos, hz, rate):
    _, response = sp.sosfreqz(sos, worN=np.atleast_1d(hz), fs=rate)
    return np.abs(response)


def make_sine(hz, rate, seconds=20.0):
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("rate", [64.0, 128.0, 250.0])
@pytest.mark.parametrize(("band", "edges"), [(PPG, (0.5, 8.0)), (ECG, (0.5,)), (EDA, (3.0,))])
def test_a_band_passes_half_the_power_at_the_papers_edges(band, edges, rate):
    np.testing.assert_allclose(measure_gain(design(band, rate), edges, rate), HALF_POWER, rtol=1e-6)


@pytest.mark.parametrize(
    ("band", "hz", "octave_db"),
    [(PPG, (0.05, 0.025), 18), (ECG, (0.05, 0.025), 30), (EDA, (12.0, 24.0), 24)],
)
def test_a_band_falls_by_6_db_per_octave_and_order(band, hz, octave_db):
    """Paper 2: PPG of order 3, ECG of order 5, EDA of order 4."""
    near, far = 20 * np.log10(measure_gain(design(band, 1000.0), hz, 1000.0))

    assert near - far == pytest.approx(octave_db, abs=0.5)


def test_skin_conductance_at_4_hz_is_unchanged():
    raw = np.random.default_rng(1).normal(5, 1, 400)

    np.testing.assert_allclose(filter_offline(raw, design(EDA, 4.0)), raw, atol=1e-12)
    np.testing.assert_array_equal(filter_causally(raw, design(EDA, 4.0)), raw)


@pytest.mark.parametrize(("band", "rate", "need"), [(PPG, 16.0, "16"), (ECG, 1.0, "1")])
def test_a_rate_too_low_for_the_band_is_refused_with_the_rate_needed(band, rate, need):
    with pytest.raises(ValueError, match=f"{band.name} filter: expected a rate above {need} Hz"):
        design(band, rate)


@pytest.mark.parametrize("rate", [0.0, -4.0, float("nan"), float("inf")])
def test_an_invalid_rate_is_refused(rate):
    with pytest.raises(ValueError, match="rate above 0 Hz"):
        design(PPG, rate)


@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_the_notch_removes_the_mains_and_leaves_its_neighbours(mains):
    at, below, above = measure_gain(
        design_notch(mains, 250.0), [mains, mains - 5, mains + 5], 250.0
    )

    assert at < 1e-3
    assert min(below, above) > 0.98


def test_the_notch_is_refused_below_twice_the_mains_and_omitted_from_the_chain():
    with pytest.raises(ValueError, match="above 100 Hz for 50 Hz, got 64"):
        design_notch(50.0, 64.0)

    np.testing.assert_array_equal(design_chain(PPG, 64.0), design(PPG, 64.0))
    assert len(design_chain(PPG, 128.0)) == len(design(PPG, 128.0)) + 1
    assert len(design_chain(PPG, 128.0, mains_hz=None)) == len(design(PPG, 128.0))


def test_a_filter_design_is_not_shared_between_callers():
    design(PPG, 128.0)[:] = 0

    assert design(PPG, 128.0).any()


def test_offline_filtering_has_no_delay_and_causal_filtering_has():
    times = np.arange(-5, 5, 1 / 128)
    pulse = np.exp(-0.5 * (times / 0.1) ** 2)
    sos = design(EDA, 128.0)

    assert times[filter_offline(pulse, sos).argmax()] == pytest.approx(0, abs=1 / 128)
    assert times[filter_causally(pulse, sos).argmax()] > 0.02


@given(
    rows=st.integers(60, 400),
    channels=st.sampled_from([(), (3,)]),
    band=st.sampled_from([PPG, ECG, EDA]),
    seed=st.integers(0, 2**31),
)
def test_offline_filtering_is_scipys_of_the_signal_above_its_first_sample(
    rows, channels, band, seed
):
    raw = np.random.default_rng(seed).normal(size=(rows, *channels)).cumsum(axis=0)
    raw -= raw[0]
    sos = design(band, 64.0)

    expected = sp.sosfiltfilt(sos, raw, axis=0, padlen=3 * (2 * len(sos) + 1))

    np.testing.assert_array_equal(filter_offline(raw, sos), expected)


def test_a_signals_initial_level_is_not_a_step():
    raw = 30_000 + make_sine(1.5, 64.0)

    assert np.abs(filter_causally(np.full(640, 30_000.0), design(PPG, 64.0))).max() < 1e-6
    assert np.abs(filter_causally(raw, design(PPG, 64.0))).max() < 3
    assert not filter_offline(np.full(640, 30_000.0), design(PPG, 64.0)).any()
    np.testing.assert_allclose(filter_offline(raw, design(PPG, 64.0)), raw - 30_000, atol=0.5)


def test_channels_are_filtered_independently():
    rng = np.random.default_rng(2)
    raw, sos = rng.normal(size=(600, 3)), design(ECG, 130.0)

    for run in (filter_offline, filter_causally):
        both = run(raw, sos)
        for column in range(3):
            np.testing.assert_allclose(both[:, column], run(raw[:, column], sos), atol=1e-12)


@pytest.mark.parametrize("run", [filter_offline, filter_causally])
def test_a_missing_sample_is_refused(run):
    raw = make_sine(1.0, 64.0)
    raw[100] = np.nan

    with pytest.raises(ValueError, match="finite"):
        run(raw, design(PPG, 64.0))


def test_a_too_short_signal_is_refused_with_the_length_needed():
    with pytest.raises(ValueError, match="more than 21 samples"):
        filter_offline(np.zeros(21), design(PPG, 64.0))

    assert len(filter_causally(np.zeros(0), design(PPG, 64.0))) == 0


def test_the_first_second_is_cut():
    np.testing.assert_array_equal(cut_first(np.arange(300), 128.0), np.arange(128, 300))
    assert len(cut_first(np.arange(100), 128.0)) == 0


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_standardising_removes_level_and_scale(level, size):
    raw = np.random.default_rng(3).normal(size=(200, 2))

    np.testing.assert_allclose(standardise(level + size * raw), standardise(raw), atol=1e-4)


def test_standardising_a_constant_gives_zeros():
    raw = np.stack([np.arange(50.0), np.full(50, 7.3)], axis=1)
    rows = standardise(raw)

    assert rows[:, 0].mean() == pytest.approx(0, abs=1e-12)
    assert rows[:, 0].std() == pytest.approx(1)
    assert not rows[:, 1].any()
    assert standardise(np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize("rate", [4.0, 64.0, 256.0, 700.0])
def test_a_tone_keeps_its_pitch_and_its_level_at_128_hz(rate):
    raw = 5 + make_sine(1.0, rate)
    rows = resample(raw, rate)
    inner = slice(256, -256)

    assert len(rows) == pytest.approx(20 * 128, abs=1)
    np.testing.assert_allclose(rows[inner], (5 + make_sine(1.0, 128.0))[inner], atol=0.02)


def test_frequencies_above_half_the_new_rate_do_not_alias():
    assert np.abs(resample(make_sine(100.0, 512.0), 512.0)[256:-256]).max() < 0.02


def test_a_signal_is_preprocessed_as_in_paper_2():
    raw = 40 + make_sine(1.2, 512.0, 63.0) + 0.5 * make_sine(50.0, 512.0, 63.0)
    rows = prepare(raw, PPG, 512.0, cut_s=1.0)

    assert rows.shape == (62 * 128,)
    assert (rows.mean(), rows.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))
    spectrum = np.abs(np.fft.rfft(rows * np.hanning(len(rows))))
    hz = np.fft.rfftfreq(len(rows), 1 / 128)
    assert hz[spectrum.argmax()] == pytest.approx(1.2, abs=0.02)
    assert spectrum[hz > 40].max() < 1e-3 * spectrum.max()


def test_custom_bands_are_processed_the_same_way():
    assert measure_gain(design(FilterBand("slow", 2, None, 1.0), 64.0), 1.0, 64.0)[
        0
    ] == pytest.approx(HALF_POWER)
