"""Pulse features: known waves, invariances, lost Blocks, and what too little signal gives."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.features import pulse
from emotion.features.window import NAMES, opening, window_features
from emotion.models import open_artefact
from emotion.simulate import waveforms
from emotion.streams import stream
from emotion.windows import Chunk, Window, make_track
from tests.emotion.models.test_protocol import SHIPPED
from tests.fixtures.emotion.tracks import window

READ = {"ppg": pulse.ppg_features, "ecg": pulse.ecg_features}
RATES = [("ppg", 51.2), ("ppg", 55.0), ("ppg", 63.9), ("ppg", 64.0), ("ppg", 130.0), ("ecg", 130.0)]
COLUMN = {name: column for column, name in enumerate(pulse.NAMES)}
HR, QUALITY, RMSSD = (COLUMN[name] for name in ("hr", "quality", "log_rmssd"))
BREATH = [COLUMN[name] for name in ("breath_rate", "log_breath_depth")]
SIZE = COLUMN["log_amplitude"]


def draw_wave(name, rate_hz, seed, bpm=70.0, seconds=60.0, motion=0.0):
    """Return a simulated wave in the Stream's units, with its true beats."""
    rng = np.random.default_rng(seed)
    if name == "ecg":
        wave = waveforms.simulate_ecg(bpm, rng, seconds=seconds, rate_hz=rate_hz)
    else:
        wave = waveforms.simulate_ppg(bpm, rng, seconds=seconds, rate_hz=rate_hz, motion=motion)
    return replace(wave, values=1000 * wave.values)


def cut(name, values, rate_hz, t1, span_s=pulse.SPAN_S, lost=()):
    """Return the Track of the last `span_s` seconds before `t1`, without the `lost` seconds."""
    rows = [values[round(s * rate_hz) : round((s + 1) * rate_hz), None] for s in range(round(t1))]
    starts = [round(s * rate_hz) / rate_hz for s in range(round(t1))]
    chunks = [
        Chunk(at, rate_hz, part.astype(np.float32))
        for second, (at, part) in enumerate(zip(starts, rows, strict=True))
        if second not in lost
    ]
    return make_track(stream(name), chunks, t0=t1 - span_s, t1=t1, backend="simulated")


def true_rates(events, t1, steps=10):
    """Return the rate of the intervals that ended in the 5 s before each step's end."""
    ends = t1 - np.arange(steps - 1, -1, -1)
    lengths = np.diff(events)
    inside = [(events[1:] > end - pulse.NEAR) & (events[1:] <= end) for end in ends]
    return np.array([60 / lengths[each].mean() for each in inside])


@pytest.mark.parametrize(("name", "rate_hz"), RATES)
@pytest.mark.parametrize("bpm", [50.0, 72.0, 110.0])
def test_rate_and_variability_of_a_known_wave(name, rate_hz, bpm):
    wave = draw_wave(name, rate_hz, 3, bpm)
    values, mask = READ[name](cut(name, wave.values, rate_hz, 50.0), 50.0)
    beats = wave.events_s[(wave.events_s > 20) & (wave.events_s < 50)]
    true = 1000 * np.sqrt(np.mean(np.diff(beats, 2) ** 2))

    assert mask[:, [HR, RMSSD, QUALITY]].all()
    assert np.abs(values[:, HR] - true_rates(wave.events_s, 50.0)).max() < 3
    assert np.abs(np.exp(values[:, RMSSD]) - true).max() < 4
    assert (values[:, QUALITY] > 0.8).all()


@given(st.integers(0, 2**31), st.integers(0, 4000), st.sampled_from(RATES))
@settings(max_examples=15, deadline=None)
def test_shifting_time_changes_nothing(seed, by, kind):
    name, rate_hz = kind
    track = cut(name, draw_wave(name, rate_hz, seed).values, rate_hz, 50.0)
    before = READ[name](track, 50.0)
    after = READ[name](replace(track, times=track.times + by), 50.0 + by)

    np.testing.assert_array_equal(before.mask, after.mask)
    np.testing.assert_allclose(before.values, after.values, rtol=1e-3, atol=1e-3)


@given(st.integers(0, 2**31), st.floats(0.2, 20), st.sampled_from(RATES))
@settings(max_examples=15, deadline=None)
def test_a_devices_gain_changes_only_the_plain_amplitude(seed, gain, kind):
    name, rate_hz = kind
    wave = draw_wave(name, rate_hz, seed, motion=0.1).values
    usual, other = (
        window_features(
            Window(
                40.0,
                50.0,
                {name: cut(name, values, rate_hz, 50.0)},
                opening(Window(0.0, 60.0, {name: cut(name, values, rate_hz, 60.0, 60.0)})),
            )
        )[name]
        for values in (wave, gain * wave)
    )

    np.testing.assert_array_equal(usual.mask, other.mask)
    np.testing.assert_allclose(usual.values, other.values, rtol=0.01, atol=0.01)
    assert not usual.mask[:, SIZE].any()
    assert usual.mask[:, NAMES[name].index("log_amplitude_from_opening")].any()


def test_a_larger_pulse_is_seen_against_the_opening_and_as_a_change():
    wave = draw_wave("ppg", 64.0, 5, seconds=100.0).values
    wave[(87 * 64) :] *= np.exp(0.5)
    usual = opening(Window(0.0, 60.0, {"ppg": cut("ppg", wave, 64.0, 60.0, 60.0)}))
    found = window_features(Window(82.0, 92.0, {"ppg": cut("ppg", wave, 64.0, 92.0)}, usual))["ppg"]

    size, change = (
        found.values[:, NAMES["ppg"].index(name)]
        for name in ("log_amplitude_from_opening", "log_amplitude_change")
    )
    assert abs(size[0]) < 0.1
    assert abs(size[-1] - 0.5) < 0.1
    assert abs(change[-1] - 0.5) < 0.1


@given(st.integers(0, 2**31), st.sets(st.integers(20, 49), max_size=12))
@settings(max_examples=40, deadline=None)
def test_lost_blocks_mask_and_never_invent(seed, lost):
    wave = draw_wave("ppg", 64.0, seed)
    track = cut("ppg", wave.values, 64.0, 50.0, lost=lost)
    values, mask = pulse.ppg_features(track, 50.0)
    true = true_rates(wave.events_s, 50.0)

    assert np.abs(values[:, HR] - true)[mask[:, HR]].max(initial=0) < 6
    for step in range(10):
        near = len({*range(36 + step, 41 + step)} & lost)
        # An interval counts whole where it ends, so two seconds and it can cover half of five.
        assert mask[step, HR] <= (near <= 3)
    assert not mask[:, RMSSD].any() or len(lost) <= 6
    np.testing.assert_array_equal(values[~mask], 0)


@given(st.integers(0, 2**31), st.sampled_from(RATES))
@settings(max_examples=10, deadline=None)
def test_masked_rows_have_no_effect(seed, kind):
    name, rate_hz = kind
    rng = np.random.default_rng(seed)
    track = cut(name, draw_wave(name, rate_hz, seed).values, rate_hz, 50.0)
    hidden = (
        track.mask
        & np.repeat(rng.random(len(track.mask) // 8 + 1) < 0.8, 8)[: len(track.mask), None]
    )
    wild = np.where(hidden, track.values, np.float32(rng.normal(0, 1e6)))
    first, second = (
        READ[name](replace(track, values=each, mask=hidden), 50.0) for each in (track.values, wild)
    )
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.mask, second.mask)


def test_a_window_of_ten_seconds_has_a_rate_but_no_variability_or_respiration():
    wave = draw_wave("ppg", 64.0, 1).values
    short = pulse.ppg_features(cut("ppg", wave, 64.0, 50.0, 10.0), 50.0)
    longer = pulse.ppg_features(cut("ppg", wave, 64.0, 50.0, 29.0), 50.0)

    assert short.mask[5:, HR].all()
    assert not short.mask[:4, HR].any()
    assert longer.mask[:, HR].all()
    for found in (short, longer):
        assert not found.mask[:, [RMSSD, *BREATH]].any()


def test_an_opening_has_variability_in_both_halves():
    wave = draw_wave("ppg", 64.0, 1)
    values, mask = pulse.ppg_features(cut("ppg", wave.values, 64.0, 60.0, 60.0), 60.0, 60)

    assert mask[:, RMSSD].all()
    assert len(set(values[:, RMSSD].tolist())) == 2
    assert not mask[:4, HR].any()
    assert mask[4:, HR].all()


@pytest.mark.parametrize("name", READ)
def test_a_flat_line_noise_and_a_slow_stream_give_no_rate(name):
    rng = np.random.default_rng(2)
    noise = [
        READ[name](cut(name, 1000 * rng.standard_normal(3900 * 2), 130.0, 50.0), 50.0).mask
        for _ in range(20)
    ]
    flat = READ[name](cut(name, np.full(3900 * 2, 7.0), 130.0, 50.0), 50.0)
    slow = READ[name](cut(name, rng.standard_normal(60), 1.0, 50.0), 50.0)

    assert np.mean([mask[:, HR] for mask in noise]) < 0.05
    assert not any(mask[:, [RMSSD, *BREATH]].any() for mask in noise)
    assert not flat.mask[:, :QUALITY].any()
    assert not slow.mask.any()


def test_motion_lowers_quality_and_masks():
    calm, moving = (
        [
            pulse.ppg_features(
                cut("ppg", draw_wave("ppg", 64.0, seed, motion=motion).values, 64.0, 50.0), 50.0
            )
            for seed in range(20)
        ]
        for motion in (0.0, 1.2)
    )
    assert np.mean([each.mask[:, HR] for each in calm]) == 1
    assert np.mean([each.mask[:, HR] for each in moving]) < 0.8
    assert np.mean([each.values[:, QUALITY] for each in moving]) < 0.7


@pytest.mark.timed
@pytest.mark.parametrize(("name", "rate_hz", "limit_ms"), [("ppg", 64.0, 3), ("ecg", 130.0, 6)])
def test_thirty_seconds_are_read_in_time(name, rate_hz, limit_ms):
    track = cut(name, draw_wave(name, rate_hz, 0, motion=0.2).values, rate_hz, 50.0)
    READ[name](track, 50.0)
    spent = []
    for _ in range(30):
        began = time.thread_time()
        READ[name](track, 50.0)
        spent.append(1000 * (time.thread_time() - began))
    assert min(spent) <= limit_ms


def test_the_shipped_prior_reads_both_waves():
    (path,) = [path for path in SHIPPED if path.name.startswith("prior-")]
    predictor, seen = open_artefact(path), window(60.0, 70.0, 3)
    waves = {
        "ppg": cut("ppg", draw_wave("ppg", 64.0, 1, seconds=70.0).values, 64.0, 70.0),
        "ecg": cut("ecg", draw_wave("ecg", 130.0, 1, seconds=70.0).values, 130.0, 70.0),
    }
    assert set(window_features(Window(60.0, 70.0, waves))) == {"ppg", "ecg"}
    plain, beside = (
        predictor.predict([each])
        for each in (seen, replace(seen, streams={**seen.streams, **waves}))
    )
    assert np.abs(plain.proba - beside.proba).max() > 1e-3
    (reasons,) = beside.reasons
    assert not any("ppg" in reason or "ecg" in reason for reason in reasons)
