"""A 10-s step of behaviour, and how each family sees it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.behaviour.observations import COUNTS, NAMES, observe, to_counts, to_gaussian, to_levels
from emotion.streams import stream
from emotion.windows import Chunk, Window, make_track


def seen(**columns):
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
    window = seen(
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


def test_what_did_not_come_is_unknown_and_not_zero():
    assert np.isnan(observe(Window(20.0, 30.0, {}), hints=None, video_events=None)).all()
    found = observe(seen(activity={}), hints=0, video_events=None)
    assert np.isnan(found).tolist() == [True, False, True, False, True, True]


def test_latency_is_that_of_the_rows_in_which_keys_were_hit():
    found = observe(seen(typing={"flight_mean": [np.nan, 300]}), hints=None, video_events=0)
    assert found[NAMES.index("latency_ms")] == pytest.approx(300)
    none = observe(seen(typing={"flight_mean": np.nan}), hints=None, video_events=0)
    assert np.isnan(none[NAMES.index("latency_ms")])


def test_lost_rows_are_made_up_for():
    window = seen(pointer={"clicks": 1})
    made = window.streams["pointer"]
    mask = made.mask.copy()
    mask[5:] = False
    fewer = Window(20.0, 30.0, {"pointer": replace(made, mask=mask)})
    assert observe(fewer, hints=0, video_events=None)[0] == pytest.approx(10)


RAW = np.array([5.0, 1.0, 4.4, np.nan, 349.0, 0.0])


def test_each_family_sees_the_step_its_own_way_and_what_is_missing_as_missing():
    np.testing.assert_allclose(
        to_gaussian(RAW), [np.log(6), np.log(2), 0.44, np.nan, np.log(350), 0.0]
    )
    assert COUNTS == ("clicks", "switches", "idle_s", "hints", "video_events")
    np.testing.assert_array_equal(to_counts(RAW), [5, 1, 4, np.nan, 0])
    np.testing.assert_array_equal(to_levels(RAW), [2, 1, 1, np.nan, 1, 0])
