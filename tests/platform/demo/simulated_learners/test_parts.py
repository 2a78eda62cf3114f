"""The parts of a simulated learner: what it sends is what the site reads, and what it keeps."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from demo.simulated_learners import sensor_data
from demo.simulated_learners.course import lessons
from demo.simulated_learners.knowledge import Mind
from demo.simulated_learners.outbox import LARGEST_MESSAGE, Outbox
from demo.simulated_learners.sensor_data import Cut, block
from emotion import streams
from telemetry.blocks import block_validation, frame_parser, tracks
from tests.fixtures import factories


@pytest.fixture(scope="module")
def tape():
    person = sensor_data.person(3)
    return sensor_data.draw(person, 120, rng=np.random.default_rng(1))


@pytest.fixture
def outbox():
    box = Outbox()
    box.welcome([{"stream": "activity", "epoch": 2, "next_seq": 0}])
    return box


def cut(second, rows=1):
    return Cut("activity", float(second), 1.0, rows, 4, bytes(16 * rows))


def numbers(messages):
    return [frame.seq for data in messages for frame in frame_parser.parse(data)]


def test_every_block_of_a_tape_is_one_the_site_would_store(tape):
    seen, last = set(), {}
    for second in range(tape.seconds):
        for found in tape.second(second):
            (frame,) = frame_parser.parse(block(found, epoch=70_000, seq=second))
            block_validation.check(frame, streams.stream(found.stream), elapsed_s=second + 1.0)
            assert second <= frame.t0 < second + 1.3
            assert frame.t0 >= last.get(found.stream, 0.0)
            assert frame.epoch == 70_000 & 0xFFFF
            last[found.stream] = frame.t0
            seen.add(found.stream)
    assert {"pointer", "activity", "typing"} <= seen


def worn_or_not(worn, seconds=61):
    """The rows, by Stream, of somebody who wears something that feels the heart, or does not."""
    people = (sensor_data.person(number) for number in range(1, 30))
    who = next(each for each in people if ("heart" in each.shares) == worn)
    tape = sensor_data.draw(who, seconds, rng=np.random.default_rng(2))
    found = {}
    for second in range(seconds):
        for each in tape.second(second):
            found.setdefault(each.stream, []).append(each)
    return found


def test_a_wristband_sends_pulse_and_skin_at_rates_of_its_own():
    found = worn_or_not(worn=True)
    for name, rate_hz in (("ppg", 64.0), ("eda", 4.0)):
        assert {(each.rate_hz, each.rows) for each in found[name]} == {(rate_hz, rate_hz)}
        assert [each.t0 for each in found[name]] == list(range(61))
    (frame,) = frame_parser.parse(block(found["ppg"][5], epoch=1, seq=5))
    beats = tracks.in_units(
        block_validation.as_sent(frame.raw, streams.stream("ppg"), 64, 1), frame.stream, 1
    )
    assert np.abs(beats).max() > 200
    assert len(np.unique(beats)) > 30


def test_who_wears_nothing_sends_neither():
    assert not {"heart", "ppg", "eda"} & worn_or_not(worn=False).keys()


@pytest.mark.parametrize("worn", [True, False])
def test_the_pages_layout_is_sent_whole_each_half_minute(worn):
    found = worn_or_not(worn)["layout"]
    assert [each.t0 for each in found] == [0.0, 30.0, 60.0]
    assert len({each.rows for each in found}) == 1
    assert sum(len(each.payload) for each in found) < 3 * 1024


def test_a_block_stays_until_it_is_acknowledged_and_is_sent_again_on_a_new_socket(outbox):
    for second in range(3):
        outbox.add(cut(second))
    assert numbers(outbox.take(10.0)) == [0, 1, 2]
    assert outbox.take(11.0) == []
    outbox.acknowledge("activity", 0, 10.5)
    assert outbox.unacked() == {"activity": [[1, 2]]}
    outbox.welcome([{"stream": "activity", "epoch": 2, "next_seq": 1}])
    assert numbers(outbox.take(12.0)) == [1, 2]
    assert (outbox.sent, outbox.unanswered(), outbox.ack_s) == (3, 2, [0.5])


def test_an_error_settles_one_number_and_a_withdrawal_all(outbox):
    for second in range(4):
        outbox.add(cut(second))
    outbox.take(1.0)
    outbox.refuse("activity", 2, "bad_values")
    outbox.changed("activity", None, 4)
    assert outbox.unanswered() == 0
    assert outbox.refused == {"bad_values": 1, "withdrawn": 3}
    outbox.add(cut(5))
    assert outbox.empty()


def test_numbers_never_restart_in_a_sitting(outbox):
    outbox.add(cut(0))
    outbox.changed("activity", None, 1)
    outbox.changed("activity", 4, 9)
    outbox.add(cut(1))
    (frame,) = frame_parser.parse(outbox.take(1.0)[0])
    assert (frame.seq, frame.epoch) == (9, 4)


def test_a_long_absence_is_sent_in_messages_that_fit(outbox):
    for second in range(400):
        outbox.add(cut(second, rows=30))
    first = outbox.take(1.0)
    assert len(first) == 4
    assert all(0 < len(data) <= LARGEST_MESSAGE for data in first)
    assert numbers(first + outbox.take(2.0)) == list(range(400))


@pytest.mark.django_db
def test_the_replies_known_to_a_question_are_right_and_wrong():
    from courses.answers.grading import grade
    from courses.questions.question_spec import item_of

    unit = factories.make_quiz_unit()
    for kind in ("single", "numeric", "text"):
        factories.make_question(unit, kind=kind)
    (lesson,) = lessons(unit.course)
    assert len(lesson.asks) == unit.questions.count()
    for question in unit.questions.all():
        ask = lesson.asks[question.code]
        for lot in range(4):
            for right in (True, False):
                given = ask.reply(right=right, number=None, lot=lot)
                assert grade(item_of(question), given).correct is right


@pytest.mark.django_db
def test_who_knows_more_is_right_more_often_and_practice_helps():
    question = factories.make_question()
    ask = next(iter(lessons(question.course)[0].asks.values()))
    weak, able = Mind(-1.0), Mind(1.0)
    assert weak.chance(ask) < able.chance(ask)
    assert weak.chance(ask, state="CONFUSION") < weak.chance(ask) < weak.chance(ask, hints=1)
    before, rng = weak.chance(ask), Random(0)
    for _ in range(20):
        weak.answer(ask, rng)
    weak.tries.clear()
    assert weak.chance(ask) > before
