from __future__ import annotations

import math

import pytest

from emotion import streams
from telemetry.blocks.block_validation import BadBlock, StreamClock, check
from telemetry.blocks.frame_parser import parse
from tests.fixtures.sockets.socket_client import block

QUIET = [0.0] * 13
NAN, INF = math.nan, math.inf


def checked(data, elapsed=100.0):
    (frame,) = parse(data)
    check(frame, frame.stream, elapsed)


def refused(data, elapsed=100.0):
    with pytest.raises(BadBlock) as bad:
        checked(data, elapsed)
    assert str(bad.value).startswith("expected")
    return bad.value.code


def test_quiet_values_pass():
    checked(block("pointer", 1))


def test_a_value_may_be_missing_in_a_nullable_channel():
    row = [*QUIET]
    row[2] = NAN
    checked(block("pointer", 1, rows=[row]))


def test_a_value_may_not_be_missing_elsewhere():
    row = [*QUIET]
    row[0] = NAN
    assert refused(block("pointer", 1, rows=[QUIET, row])) == "bad_values"


@pytest.mark.parametrize("channel", [0, 2])
@pytest.mark.parametrize("value", [INF, -INF])
def test_infinity_is_allowed_nowhere(channel, value):
    row = [*QUIET]
    row[channel] = value
    assert refused(block("pointer", 1, rows=[row])) == "bad_values"


def test_a_value_outside_its_range_is_accepted():
    checked(block("pointer", 1, rows=[[1e9] * 13]))


@pytest.mark.parametrize("t0", [-0.001, 105.1, NAN, INF, -INF, 1e300])
def test_a_time_outside_the_sitting_is_refused(t0):
    assert refused(block("pointer", 1, t0=t0)) == "bad_values"


@pytest.mark.parametrize("rate", [NAN, INF, -1.0, 0.0])
def test_an_invalid_rate_is_refused(rate):
    assert refused(block("pointer", 1, rate_hz=rate)) == "bad_values"


@pytest.mark.parametrize(("rate", "count"), [(1.0, 16), (0.1, 2), (1e-30, 1), (10.0, 151)])
def test_a_block_longer_than_fifteen_seconds_is_refused(rate, count):
    assert refused(block("pointer", 1, rows=[QUIET] * count, rate_hz=rate)) == "bad_values"


@pytest.mark.parametrize(("stream", "rate", "count"), [("pointer", 1.0, 15), ("typing", 0.2, 3)])
def test_a_block_of_fifteen_seconds_passes(stream, rate, count):
    width = len(streams.stream(stream).channels)
    checked(block(stream, 1, rows=[[0.0] * width] * count, rate_hz=rate))


@pytest.mark.parametrize("times", [(4.0, 35.1), (4.9, 20.0), (36.0, 36.0)])
def test_events_far_from_the_beginning_of_their_block_are_refused(times):
    beats = [[time, 60, 900, 1] for time in times]
    assert refused(block("heart", 1, t0=20.0, rows=beats)) == "bad_values"


def test_events_within_fifteen_seconds_of_the_beginning_pass():
    checked(block("heart", 1, t0=20.0, rows=[[5.0, 60, 900, 1], [35.0, 60, 900, 1]]))


def test_event_rows_have_rate_0_and_go_forward_in_time():
    beats = [[1.0, 60, 900, 1], [2.0, 61, NAN, NAN], [2.0, 62, 880, 1]]
    checked(block("heart", 1, t0=1.0, rows=beats))
    assert refused(block("heart", 1, t0=1.0, rows=beats[::-1])) == "time_reversed"
    assert refused(block("heart", 1, t0=1.0, rows=beats, rate_hz=1.0)) == "bad_values"


def test_whole_numbers_cannot_be_infinite_and_pass():
    checked(block("ecg", 1, rows=[[-32768], [12]], rate_hz=130))


def test_the_clock_accepts_time_that_increases_with_the_numbers():
    clock = StreamClock()
    for seq, t0 in [(0, 0.0), (1, 1.0), (5, 1.0), (3, 1.0), (3, 0.5), (6, 9.0)]:
        clock.check(seq, t0)


@pytest.mark.parametrize(("seq", "t0"), [(6, 4.9), (4, 5.1)])
def test_the_clock_detects_time_going_backwards(seq, t0):
    clock = StreamClock(5, 5.0)
    with pytest.raises(BadBlock) as bad:
        clock.check(seq, t0)
    assert bad.value.code == "time_reversed"
    assert (clock.seq, clock.t0) == (5, 5.0)
