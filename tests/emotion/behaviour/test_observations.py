"""A 10-s step of behaviour, and its observation by each family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.behaviour.observations import COUNTS, NAMES, observe, to_counts, to_gaussian, to_levels
from emotion.streams import stream
from emotion.windows import Chunk, Window, make_track


def make_window(**columns):
    tracks = {}
    for name, channels in columns.items():
        kind = stream(name)
        period = 1 / kind.rate_hz
        values = np.zeros((int(10 / period), len(kind.channels)), np.float32)
        for channel, numbers in channels.items():
            values[:, kind.index(channel)] = numbers
        chunk = Chunk(20.0, period, values)
        tracks[name] = make_track(kind, [chunk], t0=20.0, t1=30.0, backend="")
    return Window(20.0, 30.0, tracks)


def test_a_step_counts_clicks_switches_idle_time_hints_and_video_events():
    window = make_window(
        pointer={"clicks": [1, 0] * 5, "idle_s": 0.4},
        activity={"blurs": [1] + [0] * 9},
        typing={"flight_mean": [150, 250]},
    )
    found = dict(zip(NAMES, observe(window, hints=2, video_events=3), strict=True))
    assert found == pytest.approx(
        {
            "clicks": 5, "switches": 1, "idle_s": 4, "hints": 2,
            "latency_ms": 200, "video_events": 3,
        }
    )  # fmt: skip


def test_missing_streams_are_missing_and_not_zero():
    assert np.isnan(observe(Window(20.0, 30.0, {}), hints=None, video_events=None)).all()
    found = observe(make_window(activity={}), hints=0, video_events=None)
    assert np.isnan(found).tolist() == [True, False, True, False, True, True]


def test_latency_comes_from_rows_with_key_presses():
    found = observe(make_window(typing={"flight_mean": [np.nan, 300]}), hints=None, video_events=0)
    assert found[NAMES.index("latency_ms")] == pytest.approx(300)
    none = observe(make_window(typing={"flight_mean": np.nan}), hints=None, video_events=0)
    assert np.isnan(none[NAMES.index("latency_ms")])


def test_counts_are_scaled_up_for_lost_rows():
    window = make_window(pointer={"clicks": 1})
    made = window.streams["pointer"]
    mask = made.mask.copy()
    mask[5:] = False
    fewer = Window(20.0, 30.0, {"pointer": replace(made, mask=mask)})
    assert observe(fewer, hints=0, video_events=None)[0] == pytest.approx(10)


RAW = np.array([5.0, 1.0, 4.4, np.nan, 349.0, 0.0])


def test_each_family_has_its_own_observation_and_keeps_missing_values():
    np.testing.assert_allclose(
        to_gaussian(RAW), [np.log(6), np.log(2), 0.44, np.nan, np.log(350), 0.0]
    )
    assert COUNTS == ("clicks", "switches", "idle_s", "hints", "video_events")
    np.testing.assert_array_equal(to_counts(RAW), [5, 1, 4, np.nan, 0])
    np.testing.assert_array_equal(to_levels(RAW), [2, 1, 1, np.nan, 1, 0])
