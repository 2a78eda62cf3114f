"""Unacknowledged Blocks are kept and sent again; dropped Blocks are counted."""

from __future__ import annotations

import numpy as np

from attune_client import outbox as outboxes
from attune_client.blocks import BlockRows, StreamDevice
from attune_client.messages import make_device
from attune_client.outbox import CREDIT_BYTES, LARGEST_MESSAGE, MESSAGES_A_BEAT, Outbox
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
    box.add_block(cut(), 0.0)
    box.add_block(cut(2.0), 1.0)
    assert numbers(box.take_blocks(1.0)) == [5, 6]
    assert box.take_blocks(1.0) == []
    box.acknowledge("eda", 5, 1.5)
    assert (box.acked["eda"], box.ack_s) == ({5}, [0.5])
    assert (box.count_acked(), box.unacked()) == (1, {"eda": [[6, 6]]})


def test_a_new_socket_resends_queued_blocks_under_their_numbers():
    box = welcomed_outbox()
    box.add_block(cut(), 0.0)
    first = box.take_blocks(1.0)
    box.welcome([EDA])
    assert box.take_blocks(1.0) == first
    box.add_block(cut(2.0), 1.0)
    assert numbers(box.take_blocks(1.0)) == [6]


def test_an_ack_removes_only_sent_blocks():
    box = welcomed_outbox()
    box.add_block(cut(), 0.0)
    box.acknowledge("eda", 9, 1.0)
    assert not box.is_empty()


def test_blocks_of_an_older_grant_are_not_sent():
    box = welcomed_outbox()
    box.add_block(cut(), 0.0)
    box.welcome([{**EDA, "epoch": 4}])
    assert box.take_blocks(1.0) == []
    assert box.refused["withdrawn"] == 1


def test_a_stream_missing_from_welcome_is_counted_and_dropped():
    box = welcomed_outbox({"stream": "temp", "epoch": 1, "next_seq": 0})
    box.add_block(cut(), 0.0)
    assert box.is_empty()
    assert box.refused["no_grant"] == 1


def test_when_full_or_too_old_the_oldest_is_dropped_and_counted(monkeypatch):
    box = welcomed_outbox()
    box.add_block(cut(), 0.0)
    box.add_block(cut(2.0), outboxes.OLDEST_S + 1)
    assert (box.unacked(), box.lost["eda"]) == ({"eda": [[6, 6]]}, 1)
    monkeypatch.setattr(outboxes, "MOST_BYTES", box.size + 10)
    box.add_block(cut(3.0), outboxes.OLDEST_S + 2)
    assert (box.unacked(), box.lost["eda"]) == ({"eda": [[7, 7]]}, 2)


def test_messages_stay_under_the_sites_limits():
    box = welcomed_outbox()
    for second in range(400):
        box.add_block(BlockRows("eda", float(second), 32.0, np.ones((32, 1))), 0.0)
    messages = box.take_blocks(1.0)
    assert len(messages) > 1
    assert all(len(data) <= LARGEST_MESSAGE for data in messages)


def test_a_device_is_announced_until_acknowledged():
    box = welcomed_outbox()
    box.add_message(make_device(7.0, StreamDevice("eda", "shimmer3")))
    (told,) = box.take_messages()
    assert (told["t"], told["backend"], told["scale"]) == (7.0, "shimmer3", 1.0)
    assert box.take_messages() == []
    box.welcome([EDA])
    assert box.take_messages() == [told]
    box.acknowledge_message(told["id"])
    assert box.is_empty()


def test_slow_thins_later_blocks():
    box = welcomed_outbox()
    box.rates["eda"] = 2.0
    box.add_block(cut(), 0.0)
    (frame,) = parse(box.take_blocks(1.0)[0])
    assert (frame.rate_hz, frame.rows) == (2.0, 2)


def test_a_block_stays_until_it_is_acknowledged_and_its_answer_is_timed():
    box = welcomed_outbox({**EDA, "next_seq": 0})
    for second in range(3):
        box.add_block(cut(second), float(second))
    assert numbers(box.take_blocks(10.0)) == [0, 1, 2]
    assert box.take_blocks(11.0) == []
    box.acknowledge("eda", 0, 10.5)
    assert box.unacked() == {"eda": [[1, 2]]}
    box.welcome([{**EDA, "next_seq": 1}])
    assert numbers(box.take_blocks(12.0)) == [1, 2]
    assert (box.sent, box.count_unanswered(), box.ack_s) == (3, 2, [0.5])


def test_an_error_removes_one_block_and_a_withdrawal_all():
    box = welcomed_outbox({**EDA, "next_seq": 0})
    for second in range(4):
        box.add_block(cut(second), float(second))
    box.take_blocks(1.0)
    box.refuse("eda", 2, "bad_values")
    box.switch_off("eda")
    assert box.count_unanswered() == 0
    assert box.refused == {"bad_values": 1, "withdrawn": 3}
    assert box.withdrawn == {"eda"}
    box.add_block(cut(5), 5.0)
    assert box.is_empty()


def test_numbers_never_restart_in_a_sitting():
    box = welcomed_outbox({**EDA, "next_seq": 0})
    box.add_block(cut(0), 0.0)
    box.switch_off("eda")
    box.switch_on("eda", 4, 9)
    box.add_block(cut(1), 1.0)
    (frame,) = parse(box.take_blocks(1.0)[0])
    assert (frame.seq, frame.epoch) == (9, 4)


def test_a_grant_that_is_told_again_keeps_its_blocks():
    box = welcomed_outbox()
    box.add_block(cut(), 0.0)
    box.switch_on("eda", EDA["epoch"] + 0x10000, 5)
    assert numbers(box.take_blocks(1.0)) == [5]
    assert not box.refused


def test_a_long_absence_is_sent_in_messages_that_fit():
    box = welcomed_outbox({**EDA, "next_seq": 0})
    for second in range(12):
        box.add_block(cut(second, rows=4200), float(second))
    first = box.take_blocks(20.0)
    assert len(first) == MESSAGES_A_BEAT == 4
    assert all(0 < len(data) <= LARGEST_MESSAGE for data in first)
    found = numbers(first)
    for second in (21.0, 22.0):
        box.acknowledge("eda", found[-1], second)
        found += numbers(box.take_blocks(second))
    assert found == list(range(12))


def test_a_site_that_does_not_answer_gets_no_more_than_the_credit():
    box = welcomed_outbox({**EDA, "next_seq": 0})
    for second in range(400):
        box.add_block(cut(second, rows=128), float(second))
    while box.take_blocks(400.0):
        pass
    assert CREDIT_BYTES <= box.in_flight() < CREDIT_BYTES + LARGEST_MESSAGE
    sent = box.count_unanswered()
    box.acknowledge("eda", sent - 1, 401.0)
    assert box.in_flight() == 0
    assert numbers(box.take_blocks(401.0))[0] == sent


def test_a_refused_message_is_returned_and_not_sent_again():
    box = welcomed_outbox()
    message = make_device(7.0, StreamDevice("eda", "shimmer3"))
    box.add_message(message)
    assert box.refuse_message(message["id"], "no_grant") == message
    assert box.refuse_message(message["id"], "no_grant") is None
    assert (box.take_messages(), box.refused_messages) == ([], {"no_grant": 1})
