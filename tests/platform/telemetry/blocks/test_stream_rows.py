"""Blocks decoded together give the Tracks that Blocks decoded one by one give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion import streams
from emotion.windows import make_track, select_backend
from telemetry.blocks import tracks
from telemetry.blocks.block_validation import LONGEST_BLOCK_S
from telemetry.blocks.frame_parser import HEAD, BadFrame, parse
from telemetry.blocks.stream_rows import decode_blocks
from telemetry.devices.devices import DeviceSource

NAMES = ("pointer", "face", "heart", "ppg", "layout")
SOURCES = (DeviceSource(0.0, "human", 1.0), DeviceSource(20.0, "face_mesh", 0.5))


@st.composite
def stored(draw):
    """Return a Stream, Blocks of it in the order of their numbers, and its reported sources."""
    stream = streams.stream(draw(st.sampled_from(NAMES)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    blocks = []
    for seq in range(draw(st.integers(0, 12))):
        # Late and overlapping Blocks too.
        t0 = draw(st.sampled_from([seq * 4.0, seq * 4.0 + 0.37, 40.0 - 3 * seq]))
        rate = 0.0 if stream.events else draw(st.sampled_from([1.0, stream.rate_hz or 8.0]))
        rows = draw(st.integers(1, 6))
        values = rng.normal(0, 40, (rows, len(stream.channels))).astype(f"<{stream.dtype}")
        if stream.events:
            values[:, 0] = np.sort(t0 + rng.uniform(0, 3, rows))
        head = HEAD.pack(1, stream.number, 1, seq, t0, rate, rows, len(stream.channels))
        blocks.append(head + values.tobytes())
    return stream, blocks, SOURCES[: draw(st.integers(0, 2))]


def cut_one_by_one(stream, blocks, sources, t0, t1):
    chunks = [tracks.decode_frame(frame, stream, sources) for raw in blocks for frame in parse(raw)]
    near = (chunk for chunk in chunks if t0 - LONGEST_BLOCK_S <= chunk.t0)
    kept, backend = select_backend(near, t1)
    return make_track(stream, kept, t0=t0, t1=t1, backend=backend)


@given(stored(), st.sampled_from([(0.0, 60.0), (10.0, 20.0), (17.5, 27.5), (70.0, 80.0)]))
def test_tracks_are_those_of_blocks_decoded_one_by_one(given_blocks, span):
    stream, blocks, sources = given_blocks

    found = decode_blocks(blocks, stream, sources).cut(*span, LONGEST_BLOCK_S)

    expected = cut_one_by_one(stream, blocks, sources, *span)
    np.testing.assert_array_equal(found.times, expected.times)
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.mask, expected.mask)
    assert (found.backend, found.period_s) == (expected.backend, expected.period_s)
    assert found.quality == pytest.approx(expected.quality)


def test_a_block_shorter_than_its_head_says_is_refused():
    stream = streams.stream("pointer")
    head = HEAD.pack(1, stream.number, 1, 0, 0.0, 1.0, 2, 13)
    with pytest.raises(BadFrame, match="pointer: expected Blocks of 13 channels"):
        decode_blocks([head + bytes(13 * 4)], stream, ())
