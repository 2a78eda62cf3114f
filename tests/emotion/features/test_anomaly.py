"""Unusual values relative to the same person's own, and unknown without sufficient history."""

from __future__ import annotations

import numpy as np
import pytest

from emotion import streams
from emotion.features import anomaly
from emotion.windows import Chunk, make_track

POINTER, EDA = streams.stream("pointer"), streams.stream("eda")
COLUMN = [c.name for c in POINTER.channels].index("hesitation_s")


def pointer(stops, t1=300.0):
    """Return a row each second with this longest stop, NaN = none."""
    values = np.zeros((len(stops), len(POINTER.channels)), np.float32)
    values[:, COLUMN] = stops
    chunk = Chunk(t1 - len(stops), 1.0, values)
    return make_track(POINTER, [chunk], t0=t1 - len(stops), t1=t1, backend="")


def skin(counts, t1=None, rate_hz=8.0):
    """Return minutes of skin conductance, each with this many responses of half a microsiemens."""
    minutes = []
    at = np.arange(0, 60, 1 / rate_hz)
    for count in counts:
        level = np.full(len(at), 5.0) + 0.002 * at
        for onset in np.linspace(5, 50, count) if count else ():
            since = np.clip(at - onset, 0, None)
            level = level + 0.5 * (np.exp(-since / 3.0) - np.exp(-since / 0.8)) * (at >= onset)
        minutes.append(level)
    rows = np.concatenate(minutes).astype(np.float32)[:, None]
    t1 = 60.0 * len(counts) if t1 is None else t1
    chunk = Chunk(t1 - len(rows) / rate_hz, rate_hz, rows)
    return make_track(EDA, [chunk], t0=t1 - len(rows) / rate_hz, t1=t1, backend="")


def usual_stops(seconds=290):
    return np.resize([0.5, 1.0, 2.0, 1.5], seconds).astype(np.float32)


@pytest.mark.parametrize(("stop", "is_so"), [(9.0, True), (1.0, False)])
def test_a_stop_longer_than_nine_in_ten_of_the_persons_own_is_unusual(stop, is_so):
    found = anomaly.hesitation(pointer(np.append(usual_stops(), np.full(10, stop))), 300.0)
    assert (found.is_so, found.quality) == (is_so, 1.0)


def test_the_same_stop_is_usual_for_a_person_with_long_stops():
    slow = usual_stops() * 10
    assert not anomaly.hesitation(pointer(np.append(slow, np.full(10, 9.0))), 300.0).is_so


def test_before_twenty_windows_it_is_unknown():
    rows = np.append(usual_stops(95), np.full(10, 9.0))
    assert anomaly.hesitation(pointer(rows, 105.0), 105.0) is None
    rows = np.append(usual_stops(120), np.full(10, 9.0))
    assert anomaly.hesitation(pointer(rows, 130.0), 130.0) is not None


def test_a_window_without_a_stop_is_unknown_and_half_a_window_has_half_the_quality():
    rows = np.append(usual_stops(), np.full(10, np.nan))
    assert anomaly.hesitation(pointer(rows), 300.0) is None
    half = anomaly.hesitation(pointer(np.append(usual_stops(), np.full(5, 9.0)), 295.0), 300.0)
    assert half.quality == pytest.approx(0.5)


@pytest.mark.parametrize(("last", "is_so"), [(8, True), (2, False), (3, False)])
def test_more_responses_of_the_skin_than_usual_for_this_person_are_a_rise(last, is_so):
    found = anomaly.eda_rise(skin([2, 3, 2, 3, last]), 300.0)
    assert found.is_so is is_so
    assert found.quality > 0.9


def test_eight_a_minute_are_usual_for_a_person_who_always_has_them():
    assert not anomaly.eda_rise(skin([8, 9, 8, 9, 8]), 300.0).is_so


def test_two_minutes_are_not_enough_history():
    assert anomaly.eda_rise(skin([2, 2, 9]), 180.0) is None
    assert anomaly.eda_rise(skin([2, 2, 2, 9]), 240.0).is_so


def test_a_detached_strap_gives_nothing():
    found = skin([2, 3, 2, 3, 8])
    found.values[-480:] = 0.0
    assert anomaly.eda_rise(found, 300.0) is None
