from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune_client.blocks import HEAD
from telemetry.blocks.frame_parser import BadFrame, parse
from tests.fixtures.sockets.socket_client import block

VECTORS = json.loads((Path(__file__).parents[3] / "data" / "frames.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["good"], ids=lambda vector: vector["name"])
def test_the_shared_vectors_read_as_the_page_wrote_them(vector):
    (frame,) = parse(bytes.fromhex(vector["hex"]))
    said = vector["block"]
    assert (frame.stream.name, frame.epoch, frame.seq) == (
        said["stream"], said["epoch"], said["seq"],
    )  # fmt: skip
    assert (frame.t0, frame.rows, frame.channels) == (
        said["t0"], len(said["rows"]), len(said["rows"][0]),
    )  # fmt: skip
    assert frame.rate_hz == pytest.approx(said["rateHz"], rel=1e-6)
    code = "f" if frame.stream.dtype == "f4" else "h"
    read = struct.unpack(f"<{frame.rows * frame.channels}{code}", frame.payload)
    sent = [value for row in said["rows"] for value in row]
    missing = float("nan") if code == "f" else -32768
    scale = frame.stream.scale or 1
    expected = [missing if v is None else (v if code == "f" else v / scale) for v in sent]
    assert read == pytest.approx(expected, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda vector: vector["name"])
def test_the_shared_bad_vectors_are_refused(vector):
    with pytest.raises(BadFrame) as refused:
        parse(bytes.fromhex(vector["hex"]))
    assert refused.value.code == 4400
    assert refused.value.reason.startswith("expected")


def test_several_blocks_are_read_in_order():
    message = block("pointer", 4) + block("heart", 9, rows=[[1.0, 60, 900, 1]]) + block("ppg", 2)
    assert [(f.stream.name, f.seq) for f in parse(message)] == [
        ("pointer", 4), ("heart", 9), ("ppg", 2),
    ]  # fmt: skip


def test_a_block_of_an_unknown_stream_leaves_its_neighbours_readable():
    stranger = HEAD.pack(1, 99, 1, 0, 0.0, 1.0, 1, 2) + bytes(8)
    unknown, pointer = parse(stranger + block("pointer", 0))
    assert unknown.stream is None
    assert unknown.number == 99
    assert pointer.stream.name == "pointer"


@given(st.binary(max_size=400))
def test_any_bytes_are_blocks_or_a_bad_frame(data):
    try:
        frames = parse(data)
    except BadFrame:
        return
    assert b"".join(frame.raw for frame in frames) == data


@given(st.integers(1, 60), st.data())
def test_a_cut_message_is_refused_wherever_it_is_cut(rows, data):
    whole = block("activity", 1, rows=[[1, 1, 0, 0]] * rows)
    with pytest.raises(BadFrame):
        parse(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("claimed", [2, 65_535])
def test_a_block_that_claims_more_rows_than_it_has_is_refused(claimed):
    with pytest.raises(BadFrame, match="as the head says"):
        parse(block("pointer", 0, count=claimed))


def test_a_block_that_claims_fewer_rows_than_it_has_is_refused():
    with pytest.raises(BadFrame):
        parse(block("pointer", 0, rows=[[0.0] * 13] * 3, count=2))
