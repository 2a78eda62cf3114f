"""A Shimmer's bytes decode the same however they are split; a lost byte gives no wrong sample."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.emotion.device_vectors import load, names
from tests.oracles.devices import shimmer
from tests.oracles.devices.shimmer import Ack, Battery, Packet, ShimmerDecoder, ShimmerDescription

VECTORS = load("shimmer")
STREAMS = {row["name"]: row for row in VECTORS["streams"]}


def reader(channels) -> ShimmerDecoder:
    made = ShimmerDecoder()
    if channels:
        made.stream(ShimmerDescription(128.0, tuple(channels)))
    return made


def to_plain(said) -> dict:
    match said:
        case Ack():
            return {"kind": "ack"}
        case ShimmerDescription(rate_hz, channels):
            return {"kind": "description", "rate_hz": rate_hz, "channels": list(channels)}
        case Battery(volts):
            return {"kind": "battery", "volts": pytest.approx(volts, abs=1e-6)}
        case Packet(ticks, values):
            return {"kind": "data", "ticks": ticks, **values}


def decode(channels, *chunks: bytes) -> list[dict]:
    made = reader(channels)
    return [to_plain(said) for chunk in chunks for said in made.feed(chunk)]


@pytest.mark.parametrize("row", VECTORS["streams"], ids=names)
def test_bytes_are_decoded(row):
    assert decode(row["channels"], bytes.fromhex(row["hex"])) == row["said"]


@pytest.mark.parametrize("row", VECTORS["streams"], ids=names)
def test_bytes_split_anywhere_decode_the_same(row):
    data = bytes.fromhex(row["hex"])

    for at in range(len(data)):
        assert decode(row["channels"], data[:at], data[at:]) == row["said"]
    assert decode(row["channels"], *(data[i : i + 1] for i in range(len(data)))) == row["said"]


@given(st.integers(0, 95), st.integers(1, 7))
def test_a_lost_byte_costs_at_most_two_packets_and_invents_none(at, size):
    whole = STREAMS["packets over the end of the ticks"]
    data = bytes.fromhex(whole["hex"])
    left = data[:at] + data[at + 1 :]

    said = decode(whole["channels"], *(left[i : i + size] for i in range(0, len(left), size)))

    assert all(packet in whole["said"] for packet in said)
    assert len(said) >= len(whole["said"]) - 2


@given(st.lists(st.binary(max_size=40), max_size=20), st.sampled_from([None, [0x1C], [0x12, 0x1C]]))
def test_random_bytes_never_raise_however_they_are_split(chunks, channels):
    assert decode(channels, *chunks) == decode(channels, b"".join(chunks))


@pytest.mark.parametrize("row", VECTORS["skin"], ids=lambda row: hex(row["raw"]))
def test_a_number_becomes_skin_conductance(row):
    found = shimmer.convert_conductance(row["raw"])

    assert (found.range, found.adc, found.off) == (row["range"], row["adc"], row["off"])
    assert found.kohm == pytest.approx(row["kohm"], rel=1e-3)
    assert found.us == pytest.approx(row["us"], rel=2e-3)


@given(st.integers(0, 0xFFFF))
def test_conductance_stays_within_its_range(raw):
    assert 1000 / 4700 <= shimmer.convert_conductance(raw).us <= 125


def test_the_sample_at_a_change_of_range_is_marked():
    assert shimmer.find_switches([2, 2, 3, 3, 1]) == (False, False, True, False, True)
    assert shimmer.find_switches([]) == ()
