"""The bridge encodes Blocks as the site does: same bytes as the vectors that JavaScript reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune_client.blocks import BlockRows, encode_block, quantize, round_to_resolution, scale_for
from emotion.streams import by_number, stream
from telemetry.blocks import block_validation
from telemetry.blocks.frame_parser import parse

VECTORS = Path(__file__).resolve().parents[1] / "data" / "frames.json"


def test_it_packs_each_vector_of_the_socket_to_the_same_bytes():
    packed = 0
    for vector in json.loads(VECTORS.read_text())["good"]:
        for frame in parse(bytes.fromhex(vector["hex"])):
            name = by_number(frame.number).name
            rows = block_validation.as_sent(frame.raw, stream(name), frame.rows, frame.channels)
            cut = BlockRows(name, frame.t0, frame.rate_hz, rows)
            assert encode_block(cut, epoch=frame.epoch, seq=frame.seq) == frame.raw
            packed += 1
    assert packed >= 3


@given(st.floats(-30_000, 30_000), st.sampled_from([0.01, 0.1, 1.0]))
def test_a_sample_is_within_half_a_step_of_its_value(value, least):
    scale = scale_for(abs(value), least)
    assert abs(int(quantize(np.array([[value]]), scale)[0, 0]) * scale - value) <= scale / 2 + 1e-9


def test_values_out_of_range_are_clipped_and_never_mean_missing():
    assert quantize(np.array([[1e6], [-1e6]]), 1.0)[:, 0].tolist() == [32767, -32767]


def test_values_are_rounded_to_the_channel_resolution():
    assert round_to_resolution("eda", np.array([[1.23456], [0.0004]])).tolist() == [[1.235], [0.0]]
    assert round_to_resolution("heart", np.array([[1.00049, 71.26, 812.6, np.nan]]))[
        0, :3
    ].tolist() == [
        1.0,
        71.3,
        813.0,
    ]


@pytest.mark.parametrize(
    ("asked", "rate", "rows"), [(2.0, 2.0, 2), (10.0, 10.0, 10), (0.0, 10, 10)]
)
def test_slow_keeps_every_nth_row(asked, rate, rows):
    cut = BlockRows("gaze", 3.0, 10.0, np.zeros((10, 8))).thin(asked)
    assert (cut.t0, cut.rate_hz, len(cut.values)) == (3.0, rate, rows)
