"""A packet of a heart rate sensor gives what its flags promise, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.emotion.device_vectors import load, names
from tests.oracles.devices.heart_rate import parse

VECTORS = load("heart_rate")


@pytest.mark.parametrize("row", VECTORS["packets"], ids=names)
def test_a_packet_is_read(row):
    beat = parse(bytes.fromhex(row["hex"]))

    assert beat is not None
    assert (beat.hr, beat.contact, beat.energy) == (row["hr"], row["contact"], row["energy"])
    assert list(beat.rr) == row["rr"]


@pytest.mark.parametrize("row", VECTORS["broken"], ids=names)
def test_a_truncated_packet_gives_nothing(row):
    assert parse(bytes.fromhex(row["hex"])) is None


@given(st.binary(max_size=40))
def test_random_bytes_never_raise(data):
    beat = parse(data)

    assert beat is None or 0 <= beat.hr <= 65535
