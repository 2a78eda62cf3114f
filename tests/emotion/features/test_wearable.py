"""Wristband features: planted values are found, from one Stream or all, at any time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.datasets.formats.empatica import read
from emotion.features import wearable
from emotion.features.wearable import (
    NAMES,
    STREAMS,
    features,
    list_recent_starts,
    opening,
    resample_evenly,
)
from emotion.windows import Window
from tests.fixtures.emotion.empatica_folders import folder


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return read(folder(tmp_path_factory.mktemp("e4") / "S02", seconds=180, bpm=72, more=18))


def find_value(found, stream, name):
    return float(found[stream][NAMES[stream].index(name)])


def shift(window, by):
    tracks = {n: replace(t, times=t.times + by) for n, t in window.streams.items()}
    return Window(window.t0 + by, window.t1 + by, tracks)


def test_it_reads_the_planted_heart_rate_from_pulse_and_notices(recording):
    calm, stressed = (features(recording.window(t0, t0 + 60)) for t0 in (0, 60))
    for stream in ("ppg", "heart"):
        assert find_value(calm, stream, "rate") == pytest.approx(72, abs=2)
        assert find_value(stressed, stream, "rate") == pytest.approx(90, abs=2)


def test_it_finds_higher_skin_conductance_under_stress(recording):
    calm, stressed = (features(recording.window(t0, t0 + 60)) for t0 in (0, 60))
    assert find_value(calm, "eda", "log_slope") < 0 < find_value(stressed, "eda", "log_slope")
    assert find_value(calm, "eda", "rising") < find_value(stressed, "eda", "rising")
    assert find_value(stressed, "eda", "log_falls") < find_value(calm, "eda", "log_falls")


def test_a_varying_temperature_has_spread_and_a_rising_one_has_not(recording):
    window = recording.window(0, 60)
    track = window.streams["temp"]
    wave, climb = (0.2 * np.sin(track.times), 0.02 * track.times)
    found = {}
    for name, more in (("as it is", 0 * climb), ("wave", wave), ("climb", climb)):
        shift = replace(track, values=track.values + more[:, None].astype(np.float32))
        found[name] = find_value(features(Window(0, 60, {"temp": shift})), "temp", "log_spread")
    assert found["wave"] > found["as it is"] + 1
    assert found["climb"] == pytest.approx(found["as it is"], abs=0.01)


def test_a_wrist_at_rest_is_still(recording):
    assert find_value(features(recording.window(0, 60)), "acc", "still") > 0.95


def test_the_time_changes_nothing(recording):
    window = recording.window(60, 120)
    before, after = features(window), features(shift(window, 4 * 3600.0))
    for stream in STREAMS:
        np.testing.assert_allclose(after[stream], before[stream], rtol=2e-5, atol=2e-4)


def test_a_streams_features_come_only_from_itself(recording):
    window = recording.window(60, 120)
    whole = features(window)
    for stream in STREAMS:
        alone = features(replace(window, streams={stream: window.streams[stream]}))
        assert alone.keys() == {stream}
        np.testing.assert_array_equal(alone[stream], whole[stream])


def test_a_nearly_missing_stream_gives_nothing(recording):
    streams = recording.window(0, 20).streams
    assert features(Window(0, 60, streams)) == {}
    assert features(Window(0, 60, {})) == {}


def test_a_dead_electrode_gives_nothing(recording):
    window = recording.window(0, 60)
    track = window.streams["eda"]
    dead = replace(track, values=np.zeros_like(track.values))
    assert features(replace(window, streams={"eda": dead})) == {}


def test_a_pulse_hidden_in_noise_has_no_rate(recording):
    window = recording.window(0, 60)
    track = window.streams["ppg"]
    noise = np.random.default_rng(0).normal(0, 50, track.values.shape).astype(np.float32)
    assert features(replace(window, streams={"ppg": replace(track, values=noise)})) == {}


def test_missing_samples_keep_their_positions(recording):
    track = recording.window(0, 60).streams["temp"]
    kept = np.ones(len(track.times), bool)
    kept[40:48] = False
    holed = replace(
        track, times=track.times[kept], values=track.values[kept], mask=track.mask[kept]
    )
    rows, rate = resample_evenly(holed, 0.0, 60.0)
    assert rows.shape == (240, 1)
    assert rate == 4
    np.testing.assert_allclose(rows[40:48, 0], track.values[39, 0])
    np.testing.assert_allclose(rows[48:, 0], track.values[48:, 0])


def test_the_opening_is_the_median_of_its_minutes(recording):
    found = opening(recording.window(0, 180))
    cuts = [features(recording.window(t0, t0 + 90)) for t0 in range(0, 91, 20)]
    for stream in ("heart", "temp", "acc"):
        usual = np.nanmedian([cut[stream] for cut in cuts], axis=0)
        np.testing.assert_allclose(found[stream], usual, rtol=1e-4, atol=1e-4)
    assert opening(Window(0, 180, {})) == {}


def test_every_feature_has_its_name(recording):
    found = features(recording.window(60, 120))
    assert {stream: len(values) for stream, values in found.items()} == {
        stream: len(NAMES[stream]) for stream in wearable.STREAMS
    }


def test_the_minutes_before_are_cuts_that_end_where_the_window_begins():
    assert list_recent_starts(300.0, 30.0) == [210.0, 120.0, 30.0]
    assert list_recent_starts(300.0, 31.0) == [210.0, 120.0]
    assert list_recent_starts(300.0, 250.0) == []


def test_the_minutes_before_are_the_median_of_their_cuts(recording):
    whole = replace(recording.window(0.0, 180.0), t0=90.0, t1=180.0)
    found, alone = wearable.recent(whole, 180.0), features(recording.window(0.0, 90.0))
    assert found.keys() == alone.keys()
    for name in found:
        np.testing.assert_allclose(found[name], alone[name])
    assert wearable.recent(recording.window(90.0, 180.0), 180.0) == {}
