"""The simulated pulse wave follows the heart rate and its latent values, and nothing at size 0."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from emotion.features import pulse as features
from emotion.labels import AFFECTS
from emotion.signals.heart_rate import read_ecg, read_ppg
from emotion.simulate.pulse import (
    ECG_HZ,
    PPG_HZ,
    PULSE_EFFECTS_FILE,
    load_emission,
    simulate_pulse_waves,
)
from emotion.simulate.stream_rows import StreamRows
from emotion.streams import stream
from emotion.windows import cut_track

EMISSION = load_emission()
CALM = {"motion": -100.0}


def make_heart(rates):
    at = np.arange(len(rates)) + 0.2
    columns = [at, rates, 60_000 / np.asarray(rates), np.ones(len(rates))]
    return StreamRows(at, np.stack(columns, axis=1).astype(np.float32))


def make_latent(seconds, **values):
    found = np.zeros((seconds, len(EMISSION.channels)))
    for name, value in values.items():
        found[:, EMISSION.channels.index(name)] = value
    return found


def simulate(seed, rates=None, seconds=60, **values):
    rates = np.full(seconds, 72.0) if rates is None else rates
    latent = make_latent(seconds, **{**CALM, **values})
    return simulate_pulse_waves(
        EMISSION, latent, make_heart(rates), np.random.default_rng(seed)
    ).ppg


def read(rows, t1=50.0):
    track = cut_track(
        stream("ppg"),
        *rows,
        t0=t1 - features.SPAN_S,
        t1=t1,
        backend="simulated",
        period_s=1 / PPG_HZ,
    )
    values, mask = features.ppg_features(track, t1)
    return dict(zip(features.NAMES, np.where(mask, values, np.nan).T, strict=True))


def mean_of(name, seeds=12, **values):
    return float(
        np.mean([np.nanmean(read(simulate(seed, **values))[name]) for seed in range(seeds)])
    )


def test_rows_are_whole_numbers_in_the_streams_range_at_64_hz():
    rows = simulate(1, motion=2.0, amplitude=4.0)
    lo, hi = stream("ppg").limits()
    assert rows.values.shape == (60 * 64, 1)
    np.testing.assert_allclose(np.diff(rows.times), 1 / 64)
    assert ((rows.values >= lo) & (rows.values <= hi)).all()
    np.testing.assert_array_equal(rows.values, np.rint(rows.values))


@pytest.mark.parametrize("bpm", [50.0, 72.0, 120.0])
def test_the_pulse_has_the_hearts_rate(bpm):
    found = read(simulate(2, np.full(60, bpm)))["hr"]
    assert np.abs(found - bpm).max() < 4
    assert abs(found.mean() - bpm) < 1.5


def test_the_pulse_follows_a_rate_that_changes_and_bridges_lost_rows():
    rates = np.linspace(60, 100, 60)
    whole = make_heart(rates)
    kept = np.random.default_rng(0).random(60) > 0.2
    rows = StreamRows(whole.times[kept], whole.values[kept])
    latent = make_latent(60, **CALM)
    found = read(simulate_pulse_waves(EMISSION, latent, rows, np.random.default_rng(3)).ppg)["hr"]
    assert np.abs(found - rates[38:48]).max() < 5


def test_each_latent_changes_its_own_feature():
    scale = dict(zip(EMISSION.channels, EMISSION.scale, strict=True))
    for latent, name in (("amplitude", "log_amplitude"), ("breath_depth", "log_breath_depth")):
        up = mean_of(name, **{latent: 1.5}) - mean_of(name, **{latent: -1.5})
        assert up == pytest.approx(3 * scale[latent], rel=0.35)
    faster = mean_of("breath_rate", breath_rate=2.0) / mean_of("breath_rate", breath_rate=-2.0)
    assert np.log(faster) == pytest.approx(4 * scale["breath_rate"], rel=0.1)
    wider = mean_of("log_rmssd", variability=2.0) - mean_of("log_rmssd", variability=-2.0)
    assert wider == pytest.approx(4 * scale["variability"], rel=0.2)


def test_the_planted_breaths_and_variability_are_found():
    assert mean_of("breath_rate") == pytest.approx(np.exp(2.7), abs=0.5)
    assert np.exp(mean_of("log_rmssd")) == pytest.approx(np.exp(3.5), rel=0.15)


def test_motion_lowers_quality():
    assert mean_of("quality", motion=2.0) < mean_of("quality", motion=-100.0) - 0.1


def test_the_same_generator_gives_the_same_wave_and_another_gives_another():
    first, again, other = (simulate(seed).values for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_without_effects_all_states_have_the_same_latents():
    silent = replace(EMISSION, effect=0 * EMISSION.effect)
    assert EMISSION.effect.shape == (len(AFFECTS), len(EMISSION.channels))
    assert not silent.effect.any()
    assert EMISSION.effect.any(axis=1).all()


def test_every_effect_names_a_source_or_that_it_is_assumed():
    table = json.loads(PULSE_EFFECTS_FILE.read_text(encoding="utf-8"))["channels"]["ppg"]
    cells = [cell for row in table.values() for cell in row["effects"].values()]
    assert cells
    for size, source in cells:
        assert 0.05 <= abs(size) <= 0.35
        assert source == "assumed" or source.endswith("(sign); size assumed")


def test_twenty_minutes_are_drawn_in_time():
    rng = np.random.default_rng(0)
    latent, heart = rng.normal(size=(1200, 5)), make_heart(rng.normal(72, 6, 1200))
    spent = []
    for _ in range(5):
        began = time.thread_time()
        simulate_pulse_waves(EMISSION, latent, heart, rng)
        spent.append(time.thread_time() - began)
    assert min(spent) < 0.12


def test_the_chest_has_the_beats_of_the_wrist():
    latent = make_latent(120, **CALM)
    waves = simulate_pulse_waves(
        EMISSION, latent, make_heart(np.full(120, 72.0)), np.random.default_rng(4)
    )
    wrist = read_ppg(waves.ppg.values[:, 0].astype(float), PPG_HZ)
    chest = read_ecg(waves.ecg.values[:, 0].astype(float), ECG_HZ)
    assert chest.rate_bpm == pytest.approx(wrist.rate_bpm, abs=1.0)
    assert chest.quality > 0.9
