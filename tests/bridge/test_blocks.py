"""Blocks of the bridge are those of the site: the bytes of the vectors JavaScript reads, too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.blocks import Cut, block, rounded, samples, scale_for
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
            cut = Cut(name, frame.t0, frame.rate_hz, rows)
            assert block(cut, epoch=frame.epoch, seq=frame.seq) == frame.raw
            packed += 1
    assert packed >= 3


@given(st.floats(-30_000, 30_000), st.sampled_from([0.01, 0.1, 1.0]))
def test_a_sample_is_its_value_within_half_a_step(value, least):
    scale = scale_for(abs(value), least)
    assert abs(int(samples(np.array([[value]]), scale)[0, 0]) * scale - value) <= scale / 2 + 1e-9


def test_what_does_not_fit_is_held_at_the_edge_and_never_stands_for_missing():
    assert samples(np.array([[1e6], [-1e6]]), 1.0)[:, 0].tolist() == [32767, -32767]


def test_values_are_told_no_finer_than_their_channel_means():
    assert rounded("eda", np.array([[1.23456], [0.0004]])).tolist() == [[1.235], [0.0]]
    assert rounded("heart", np.array([[1.00049, 71.26, 812.6, np.nan]]))[0, :3].tolist() == [
        1.0,
        71.3,
        813.0,
    ]


@pytest.mark.parametrize(
    ("asked", "rate", "rows"), [(2.0, 2.0, 2), (10.0, 10.0, 10), (0.0, 10, 10)]
)
def test_slow_leaves_every_so_manieth_row(asked, rate, rows):
    cut = Cut("gaze", 3.0, 10.0, np.zeros((10, 8))).slower(asked)
    assert (cut.t0, cut.rate_hz, len(cut.values)) == (3.0, rate, rows)
