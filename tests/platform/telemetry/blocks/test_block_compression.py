"""Packed Blocks are restored byte for byte, whatever they hold, and quantised values get small."""

from __future__ import annotations

import dataclasses
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune_client.blocks import HEAD
from emotion import streams
from telemetry.blocks import block_compression
from tests.fixtures.sockets.socket_client import block

NAMES = [name for name, stream in streams.load().items() if stream.channels]


def head(stream, seq, t0, rate_hz, rows, channels, epoch=1):
    return HEAD.pack(1, streams.stream(stream).number, epoch, seq, t0, rate_hz, rows, channels)


@st.composite
def any_blocks(draw):
    """Return heads and values of any bits: infinities, each kind of NaN, both zeros."""
    stream = streams.stream(draw(st.sampled_from(NAMES)))
    width = len(stream.channels) * (4 if stream.dtype == "f4" else 2)
    found = []
    for _ in range(draw(st.integers(1, 5))):
        rows = draw(st.integers(1, 4))
        first = head(
            stream.name, draw(st.integers(0, 2**32 - 1)), draw(st.floats()),
            draw(st.floats(width=32)), rows, len(stream.channels), draw(st.integers(0, 2**16 - 1)),
        )  # fmt: skip
        found.append(first + draw(st.binary(min_size=rows * width, max_size=rows * width)))
    return found


@given(any_blocks())
def test_any_blocks_are_restored_byte_for_byte(blocks):
    assert list(block_compression.unpack(block_compression.pack(blocks))) == blocks


def quantised_blocks(name, rng, count=60):
    """Return what a page sends: values on the steps of each channel, some missing, none quite 0."""
    stream = streams.stream(name)
    found = []
    for seq in range(count):
        rows = np.empty((10, len(stream.channels)), f"<{stream.dtype}")
        for at, channel in enumerate(stream.channels):
            steps = np.cumsum(rng.integers(-2, 3, 10))
            parts = 1 / channel.resolution
            rows[:, at] = steps / round(parts) if parts > 1 else steps * channel.resolution
            if channel.nullable:
                rows[rng.random(10) < 0.2, at] = np.nan
        if stream.dtype == "f4":
            rows[rows == 0] *= -1
        else:
            rows[0] = -32768
        found.append(head(name, seq, seq + 0.125, 10.0, *rows.shape) + rows.tobytes())
    return found


@pytest.mark.parametrize("name", NAMES)
def test_quantised_blocks_shrink_to_a_third(name):
    blocks = quantised_blocks(name, np.random.default_rng(7))
    value = block_compression.pack(blocks)
    assert list(block_compression.unpack(value)) == blocks
    assert len(value) < sum(map(len, blocks)) / 3


def test_a_channel_off_its_steps_is_restored():
    blocks = quantised_blocks("face", np.random.default_rng(7))
    odd = struct.pack("<f", 0.123456789)
    blocks[3] = blocks[3][: HEAD.size] + odd + blocks[3][HEAD.size + 4 :]
    assert list(block_compression.unpack(block_compression.pack(blocks))) == blocks


def test_a_single_block_unpacks_to_itself():
    alone = block("pointer", 4)
    assert list(block_compression.unpack(alone)) == [alone]
    assert block_compression.find(alone, 4) == alone
    assert block_compression.find(alone, 5) is None


def test_a_block_is_found_by_its_number():
    blocks = [block("pointer", seq) for seq in (0, 1, 3)]
    value = block_compression.pack(blocks)
    assert [block_compression.find(value, seq) for seq in range(5)] == [
        *blocks[:2],
        None,
        blocks[2],
        None,
    ]


def test_a_value_unpacks_after_a_change_of_resolution(monkeypatch):
    blocks = quantised_blocks("pointer", np.random.default_rng(7))
    value = block_compression.pack(blocks)
    now = streams.stream("pointer")
    coarse = tuple(dataclasses.replace(each, resolution=50.0) for each in now.channels)
    monkeypatch.setattr(streams, "by_number", lambda _: dataclasses.replace(now, channels=coarse))
    assert list(block_compression.unpack(value)) == blocks


@pytest.mark.parametrize(
    "blocks",
    [
        [block("pointer", 0), block("activity", 0)],
        [block("eeg", 0, rows=[[1, 2]]), block("eeg", 1, rows=[[1, 2, 3]])],
        [block("pointer", 0, count=2)],
        [block("pointer", 0)[:-4]],
    ],
)
def test_only_blocks_of_one_stream_are_packed(blocks):
    with pytest.raises(ValueError, match="expected"):
        block_compression.pack(blocks)
