from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from telemetry.blocks.sequence_tracker import SequenceLedger


def test_nothing_is_acknowledged_before_it_is_settled():
    ledger = SequenceLedger()
    ledger.receive(0)
    ledger.receive(1)
    assert ledger.contiguous == -1
    ledger.settle(1)
    assert ledger.contiguous == -1
    ledger.settle(0)
    assert ledger.contiguous == 1


def test_a_number_answered_by_an_error_counts_as_contiguous():
    ledger = SequenceLedger()
    for seq in (0, 1, 2):
        ledger.receive(seq)
        ledger.settle(seq)
    assert ledger.contiguous == 2
    assert ledger.next_seq == 3


def test_after_a_restart_it_continues_at_the_highest_number():
    ledger = SequenceLedger()
    ledger.settle(41)
    assert (ledger.contiguous, ledger.next_seq, ledger.gaps()) == (41, 42, [])


def test_announced_numbers_are_gaps_until_they_arrive():
    ledger = SequenceLedger()
    ledger.settle(10)
    ledger.announce([7, 8, 9])
    assert (ledger.contiguous, ledger.gaps()) == (6, [[7, 9]])
    ledger.receive(7)
    ledger.settle(7)
    assert (ledger.contiguous, ledger.gaps()) == (7, [[8, 9]])


def test_a_skipped_number_counts_as_settled():
    ledger = SequenceLedger()
    ledger.settle(10)
    ledger.announce([7, 8, 9])
    ledger.receive(9)
    ledger.settle(9)
    assert (ledger.contiguous, ledger.gaps()) == (10, [])


@given(
    stored=st.integers(-1, 20),
    kept=st.sets(st.integers(0, 20)),
    fresh=st.integers(0, 10),
    data=st.data(),
)
def test_no_number_in_flight_is_acknowledged(stored, kept, fresh, data):
    ledger = SequenceLedger()
    if stored >= 0:
        ledger.settle(stored)
    ledger.announce(kept)
    waiting = set(kept)
    first_fresh = max([stored, *kept]) + 1
    on_its_way: list[int] = []
    for seq in [*sorted(kept), *range(first_fresh, first_fresh + fresh)]:
        ledger.receive(seq)
        on_its_way.append(seq)
        for _ in range(data.draw(st.integers(0, len(on_its_way)))):
            done = on_its_way.pop(data.draw(st.integers(0, len(on_its_way) - 1)))
            ledger.settle(done)
            waiting.discard(done)
        unsettled = [*on_its_way, *(n for n in waiting if n > seq)]
        assert all(ledger.contiguous < number for number in unsettled)
    for seq in on_its_way:
        ledger.settle(seq)
    assert ledger.contiguous == max([stored, *kept, first_fresh + fresh - 1 if fresh else -1])
    assert ledger.gaps() == []


def test_a_block_stays_cheap_with_a_hundred_thousand_announced():
    ledger = SequenceLedger()
    ledger.announce(range(1, 100_001))
    began = time.monotonic()
    for _ in range(2_000):
        ledger.receive(0)
        ledger.settle(0)
        assert (ledger.contiguous, ledger.gaps()) == (0, [])
    assert time.monotonic() - began < 1


def test_a_number_announced_twice_is_stored_once():
    ledger = SequenceLedger()
    ledger.settle(20)
    ledger.announce([1, 2, 5])
    ledger.announce([2, 3])
    ledger.receive(2)
    ledger.settle(2)
    assert (ledger.contiguous, ledger.gaps()) == (2, [[3, 3], [5, 5]])
