"""Cutting Tracks from Blocks: order, ranges, missing values and quality."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.streams import stream
from emotion.windows import Chunk, make_track, span
from tests.fixtures.emotion.tracks import SENSED, chunk

POINTER = stream("pointer")


def cut(chunks, name="pointer", t0=10.0, t1=20.0):
    return make_track(stream(name), chunks, t0=t0, t1=t1, backend="simulated")


def blocks(name, seconds, seed, t0=0.0):
    rng = np.random.default_rng(seed)
    length = 5.0 if name == "typing" else 1.0
    return [chunk(name, t0 + at, length, rng) for at in np.arange(0, seconds, length)]


@pytest.mark.parametrize(("number", "expected"), [(0, (0, 5)), (1, (0, 10)), (2, (5, 15))])
def test_a_cut_is_ten_seconds_every_five_and_the_first_is_clipped(number, expected):
    assert span(number) == expected


def test_a_cut_before_the_sitting_is_refused():
    with pytest.raises(ValueError, match="got -1"):
        span(-1)


@given(st.permutations(range(30)), st.sampled_from(SENSED))
def test_the_order_of_blocks_changes_nothing(order, name):
    came = blocks(name, 30, seed=1)
    first = cut(came, name)
    again = cut([came[i % len(came)] for i in order if i < len(came)], name)
    np.testing.assert_array_equal(first.values, again.values)
    np.testing.assert_array_equal(first.times, again.times)
    assert first.quality == again.quality


@given(st.sampled_from(SENSED))
def test_blocks_outside_the_window_change_nothing(name):
    inside = blocks(name, 10, seed=2, t0=10.0)
    outside = [*blocks(name, 5, seed=3, t0=0.0), *blocks(name, 5, seed=4, t0=20.0)]
    alone, among = cut(inside, name), cut([*outside, *inside], name)
    np.testing.assert_array_equal(alone.values, among.values[-len(alone.values) :])
    assert among.quality == pytest.approx(alone.quality)


@given(
    st.integers(0, 9),
    st.integers(0, 12),
    st.sampled_from([np.inf, -np.inf, 1e9, -1e9, np.nan]),
)
def test_a_value_out_of_range_or_missing_is_masked_and_zero(row, column, wild):
    whole = np.stack([np.full(13, 0.5, np.float32)] * 10)
    whole[row, column] = wild
    found = cut([Chunk(10.0, 1.0, whole)])
    assert not found.mask[row, column]
    assert found.values[row, column] == 0
    assert found.mask.sum() == 129


def test_a_value_out_of_range_lowers_quality_and_a_missing_one_does_not():
    whole = np.full((10, 13), 0.5, np.float32)
    assert cut([Chunk(10.0, 1.0, whole)]).quality == 1
    whole[:, 2] = np.nan
    assert cut([Chunk(10.0, 1.0, whole)]).quality == 1
    whole[:, 0] = 99
    assert cut([Chunk(10.0, 1.0, whole)]).quality == pytest.approx(12 / 13)


def test_half_the_rows_give_half_the_quality():
    whole = np.full((5, 13), 0.5, np.float32)
    assert cut([Chunk(10.0, 1.0, whole)]).quality == pytest.approx(0.5)


def test_the_trackers_own_confidence_counts():
    face = stream("face")
    values = np.full((100, 44), 0.5, np.float32)
    values[:, face.index("quality")] = 0.3
    assert cut([Chunk(10.0, 10.0, values)], "face").quality == pytest.approx(0.3)


def test_typing_that_began_before_the_window_is_included():
    values = np.zeros((3, 12), np.float32)
    found = cut([Chunk(7.0, 0.2, values)], "typing")
    np.testing.assert_array_equal(found.times, [7.0, 12.0, 17.0])
    assert found.quality == 1


def test_events_have_their_own_times():
    values = np.array([[11.5, 70, 850, 1], [12.4, 71, 845, 1]], np.float32)
    found = cut([Chunk(11.5, 0.0, values)], "heart")
    np.testing.assert_allclose(found.times, [11.5, 12.4])
    assert 0.25 < found.quality < 0.35


def test_without_blocks_a_track_is_empty_with_quality_zero():
    found = cut([])
    assert found.values.shape == (0, 13)
    assert found.quality == 0


def test_a_block_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r"pointer: expected \(R, 13\), got \(1, 12\)"):
        cut([Chunk(10.0, 1.0, np.zeros((1, 12), np.float32))])
