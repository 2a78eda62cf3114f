"""Any bytes from a page are valid Blocks or refused with a reason (I-29)."""

from __future__ import annotations

from collections import Counter

import pytest

from realtime.messages.parser import BadMessage, BrokenText
from realtime.messages.parser import parse as parse_text
from telemetry.blocks.block_validation import BadBlock, StreamClock, check
from telemetry.blocks.frame_parser import BadFrame, parse
from tests.fixtures.sockets import fuzzed_messages

QUICK, LONG = 20_000, 1_000_000


def outcome_of(data, clock):
    """Return one of a few outcomes; anything else is raised."""
    try:
        frames = parse(data)
    except BadFrame as bad:
        return "bad frame" if bad.reason.startswith("expected") else bad.reason
    assert b"".join(frame.raw for frame in frames) == data
    for frame in frames:
        if frame.stream is None:
            return "unknown stream"
        try:
            check(frame, frame.stream, 60.0)
            clock.check(frame.seq, frame.t0)
        except BadBlock as bad:
            return bad.code
    return "stored"


def fuzz(seed, count):
    clock, found = StreamClock(), Counter()
    for data in fuzzed_messages.frames(seed, count):
        found[outcome_of(data, clock)] += 1
        clock = clock if found.total() % 10 else StreamClock()
    return found


def test_twenty_thousand_fuzzed_messages_have_a_known_outcome():
    found = fuzz(1, QUICK)
    assert set(found) == {
        "bad frame", "unknown stream", "bad_values", "time_reversed", "stored",
    }  # fmt: skip
    assert min(found.values()) > QUICK / 200


@pytest.mark.long
def test_a_million_fuzzed_messages_have_a_known_outcome():
    assert fuzz(2, LONG).total() == LONG


def test_fuzzed_texts_are_messages_or_refused_with_a_reason():
    found = Counter()
    for text in fuzzed_messages.texts(3, 3000):
        try:
            found[type(parse_text(text)).__name__] += 1
        except (BadMessage, BrokenText) as bad:
            found[type(bad).__name__ if str(bad).startswith("expected") else str(bad)] += 1
    assert set(found) == {
        "BadMessage", "BrokenText", "CourseEvent", "Hello", "OutcomeMessage", "PauseMessage",
        "ReportMessage",
    }  # fmt: skip
