"""The hundred behaviour features: masked if their Stream is missing, independent of the time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.features.behaviour import NAMES, features
from emotion.streams import stream
from emotion.windows import Chunk, Window, make_track
from tests.fixtures.emotion.tracks import window

STREAMS = ("pointer", "typing", "activity")


def value(name, window):
    values, mask = features(window)
    assert mask[NAMES.index(name)]
    return float(values[NAMES.index(name)])


def pointing(**channels):
    """Return ten seconds of pointer rows, zero except for `channels`."""
    known = stream("pointer")
    rows = np.zeros((10, 13), np.float32)
    for name, column in channels.items():
        rows[:, known.index(name)] = column
    found = make_track(known, [Chunk(0.0, 1.0, rows)], t0=0.0, t1=10.0, backend="")
    return Window(0.0, 10.0, {"pointer": found})


def test_there_are_a_hundred_with_distinct_names():
    assert len(NAMES) == len(set(NAMES)) == 100


@given(st.integers(0, 500), st.sampled_from([10.0, 60.0]))
def test_a_full_window_gives_finite_values(seed, length):
    values, mask = features(window(0.0, length, seed, STREAMS))
    assert values.shape == mask.shape == (100,)
    assert np.isfinite(values).all()
    assert mask.mean() > 0.9


@pytest.mark.parametrize("gone", STREAMS)
def test_a_missing_stream_masks_only_its_own_features(gone):
    full = window(0.0, 60.0, 1, STREAMS)
    fewer = replace(full, streams={n: t for n, t in full.streams.items() if n != gone})
    (values, mask), (others, known) = features(fewer), features(full)
    own = np.array([name.startswith(f"{gone}.") for name in NAMES])
    assert not mask[own].any()
    assert not values[own].any()
    assert (mask[~own] == known[~own]).all()
    assert (values[~own] == others[~own]).all()


def test_no_feature_depends_on_the_time():
    early = window(0.0, 60.0, 3, STREAMS)
    moved = {n: replace(t, times=t.times + 3600.0) for n, t in early.streams.items()}
    values, mask = features(early)
    others, known = features(Window(3600.0, 3660.0, moved))
    assert (mask == known).all()
    np.testing.assert_array_equal(values, others)


def test_the_statistics_by_hand():
    clicks = np.array([0, 1, 0, 0, 0, 3, 0, 3, 0, 0])
    found = pointing(clicks=clicks)
    logged = np.log1p(clicks)
    assert value("pointer.log_clicks.mean", found) == pytest.approx(logged.mean())
    assert value("pointer.log_clicks.deviation", found) == pytest.approx(logged.std(), rel=1e-5)
    assert value("pointer.log_clicks.largest", found) == pytest.approx(np.log(4))
    late = logged[5:].mean() - logged[:5].mean()
    assert value("pointer.log_clicks.late", found) == pytest.approx(late)
    assert value("pointer.clicking_share", found) == pytest.approx(0.3)


def test_still_time_and_bursts_by_hand():
    found = pointing(idle_s=[1, 1, 1, 0, 0, 1, 1, 0, 0, 0])
    assert value("pointer.still_share", found) == pytest.approx(0.5)
    assert value("pointer.longest_still", found) == pytest.approx(0.3)
    assert value("pointer.bursts", found) == pytest.approx(0.2)
