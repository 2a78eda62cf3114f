"""Unacknowledged Blocks are kept and sent again; dropped Blocks are counted."""

from __future__ import annotations

import numpy as np

from bridge import outbox as outboxes
from bridge.blocks import BlockRows, LabDevice
from bridge.outbox import Outbox
from telemetry.blocks.frame_parser import parse

EDA = {"stream": "eda", "epoch": 3, "next_seq": 5}


def cut(t0=1.0, rows=4):
    return BlockRows("eda", t0, 4.0, np.ones((rows, 1)))


def welcomed_outbox(*streams):
    box = Outbox()
    box.welcome(streams or [EDA])
    return box


def numbers(messages):
    return [frame.seq for data in messages for frame in parse(data)]


def test_numbering_continues_and_each_block_is_sent_once_a_socket():
    box = welcomed_outbox()
    box.add(cut(), 0.0)
    box.add(cut(2.0), 1.0)
    assert numbers(box.take()) == [5, 6]
    assert box.take() == []
    box.acknowledge("eda", 5)
    assert (box.acked, box.unacked()) == (1, {"eda": [[6, 6]]})


def test_a_new_socket_resends_queued_blocks_under_their_numbers():
    box = welcomed_outbox()
    box.add(cut(), 0.0)
    first = box.take()
    box.welcome([EDA])
    assert box.take() == first
    box.add(cut(2.0), 1.0)
    assert numbers(box.take()) == [6]


def test_an_ack_removes_only_sent_blocks():
    box = welcomed_outbox()
    box.add(cut(), 0.0)
    box.acknowledge("eda", 9)
    assert not box.empty()


def test_blocks_of_an_older_grant_are_not_sent():
    box = welcomed_outbox()
    box.add(cut(), 0.0)
    box.welcome([{**EDA, "epoch": 4}])
    assert box.take() == []
    assert box.refused["withdrawn"] == 1


def test_a_stream_missing_from_welcome_is_counted_and_dropped():
    box = welcomed_outbox({"stream": "temp", "epoch": 1, "next_seq": 0})
    box.add(cut(), 0.0)
    assert box.empty()
    assert box.refused["no_grant"] == 1


def test_when_full_or_too_old_the_oldest_is_dropped_and_counted(monkeypatch):
    box = welcomed_outbox()
    box.add(cut(), 0.0)
    box.add(cut(2.0), outboxes.OLDEST_S + 1)
    assert (box.unacked(), box.lost["eda"]) == ({"eda": [[6, 6]]}, 1)
    monkeypatch.setattr(outboxes, "MOST_BYTES", box.size + 10)
    box.add(cut(3.0), outboxes.OLDEST_S + 2)
    assert (box.unacked(), box.lost["eda"]) == ({"eda": [[7, 7]]}, 2)


def test_messages_stay_under_the_sites_limits():
    box = welcomed_outbox()
    for second in range(400):
        box.add(BlockRows("eda", float(second), 32.0, np.ones((32, 1))), 0.0)
    messages = box.take()
    assert len(messages) > 1
    assert all(len(data) <= outboxes.LARGEST_MESSAGE for data in messages)


def test_a_device_is_announced_until_acknowledged():
    box = welcomed_outbox()
    box.announce(LabDevice("eda", "shimmer3"), 7.0)
    (told,) = box.take_devices()
    assert (told["t"], told["backend"], told["scale"]) == (7.0, "shimmer3", 1.0)
    assert box.take_devices() == []
    box.welcome([EDA])
    assert box.take_devices() == [told]
    del box.devices[told["id"]]
    assert box.empty()


def test_slow_thins_later_blocks():
    box = welcomed_outbox()
    box.rates["eda"] = 2.0
    box.add(cut(), 0.0)
    (frame,) = parse(box.take()[0])
    assert (frame.rate_hz, frame.rows) == (2.0, 2)
