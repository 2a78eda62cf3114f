"""Frames of a Polar sensor give whole samples or nothing; commands are its documented bytes."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.emotion.device_vectors import load, names
from tests.oracles.devices import polar

VECTORS = load("polar")
HEAD = bytes([2]) + bytes(8) + bytes([0x81])


@pytest.mark.parametrize("row", VECTORS["frames"], ids=names)
def test_a_frame_is_read(row):
    frame = polar.parse_frame(bytes.fromhex(row["hex"]), row.get("factor", 1.0))

    assert frame is not None
    assert (frame.type, frame.stamp_ms) == (row["type"], row["stamp_ms"])
    assert [list(sample) for sample in frame.samples] == row["samples"]


@pytest.mark.parametrize("row", VECTORS["broken"], ids=names)
def test_an_incomplete_frame_gives_nothing(row):
    assert polar.parse_frame(bytes.fromhex(row["hex"])) is None


@pytest.mark.parametrize("row", VECTORS["answers"], ids=names)
def test_a_response_of_the_control_point_is_read(row):
    answer = polar.parse_answer(bytes.fromhex(row["hex"]))

    assert answer is not None
    assert (answer.operation, answer.type) == (row["operation"], row["type"])
    assert (answer.error, answer.more) == (row["error"], row["more"])
    assert {name: list(found) for name, found in answer.settings.items()} == row["settings"]


@pytest.mark.parametrize("row", VECTORS["no_answers"], ids=names)
def test_an_invalid_response_gives_nothing(row):
    assert polar.parse_answer(bytes.fromhex(row["hex"])) is None


@pytest.mark.parametrize("row", VECTORS["commands"], ids=names)
def test_a_start_command_is_the_documented_bytes(row):
    assert polar.start_command(row["type"], row["settings"]).hex() == row["hex"]
    assert polar.stop_command(row["type"]) == bytes([3, row["type"]])


@given(st.binary(max_size=300), st.sampled_from([0, 1, 0x80, 0x81]), st.integers(0, 3))
def test_random_bytes_never_raise(body, kind, type_):
    frame = polar.parse_frame(bytes([type_]) + bytes(8) + bytes([kind]) + body, 0.5)

    assert frame is None or len({len(sample) for sample in frame.samples}) == 1
    polar.parse_answer(body)


def test_a_factor_that_is_not_a_number_is_ignored():
    told = b"\xf0\x02\x02\x00\x00\x05\x01" + struct.pack("<f", math.nan)

    assert polar.parse_answer(told).settings == {"factor": ()}


@given(
    st.lists(st.tuples(*[st.integers(-500, 499)] * 3), min_size=1, max_size=20),
    st.integers(10, 20),
)
def test_differences_are_unpacked_as_they_were_packed(rows, width):
    whole = sum(
        (value & ((1 << width) - 1)) << (width * place)
        for place, value in enumerate(v for row in rows for v in row)
    )
    size = -(-width * 3 * len(rows) // 8)
    packed = bytes([width, len(rows)]) + whole.to_bytes(size, "little")

    frame = polar.parse_frame(HEAD + bytes(6) + packed)

    sums = [tuple(sum(row[i] for row in rows[: n + 1]) for i in range(3)) for n in range(len(rows))]
    assert frame.samples == ((0, 0, 0), *sums)
