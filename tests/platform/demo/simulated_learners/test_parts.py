"""Parts of a simulated learner: the site can read what it sends, and it keeps what is
unanswered.
"""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from demo.simulated_learners import sensor_data
from demo.simulated_learners.course import list_lessons
from demo.simulated_learners.knowledge import LearnerKnowledge
from demo.simulated_learners.outbox import LARGEST_MESSAGE, PageOutbox
from demo.simulated_learners.sensor_data import SensedRows, encode_block
from emotion import streams
from telemetry.blocks import block_validation, frame_parser, tracks
from tests.fixtures import factories


@pytest.fixture(scope="module")
def tape():
    person = sensor_data.make_person(3)
    return sensor_data.simulate(person, 120, rng=np.random.default_rng(1))


@pytest.fixture
def outbox():
    box = PageOutbox()
    box.welcome([{"stream": "activity", "epoch": 2, "next_seq": 0}])
    return box


def cut(second, rows=1):
    return SensedRows("activity", float(second), 1.0, rows, 4, bytes(16 * rows))


def numbers(messages):
    return [frame.seq for data in messages for frame in frame_parser.parse(data)]


def test_the_site_would_store_every_simulated_block(tape):
    seen, last = set(), {}
    for second in range(tape.seconds):
        for found in tape.second(second):
            (frame,) = frame_parser.parse(encode_block(found, epoch=70_000, seq=second))
            block_validation.check(frame, streams.stream(found.stream), elapsed_s=second + 1.0)
            assert second <= frame.t0 < second + 1.3
            assert frame.t0 >= last.get(found.stream, 0.0)
            assert frame.epoch == 70_000 & 0xFFFF
            last[found.stream] = frame.t0
            seen.add(found.stream)
    assert {"pointer", "activity", "typing"} <= seen


def simulate_with_sensor(worn, seconds=61):
    """Return the Streams' rows for a person with or without a heart sensor."""
    people = (sensor_data.make_person(number) for number in range(1, 30))
    who = next(each for each in people if ("heart" in each.shares) == worn)
    tape = sensor_data.simulate(who, seconds, rng=np.random.default_rng(2))
    found = {}
    for second in range(seconds):
        for each in tape.second(second):
            found.setdefault(each.stream, []).append(each)
    return found


def test_a_wristband_sends_pulse_and_skin_at_its_own_rates():
    found = simulate_with_sensor(worn=True)
    for name, rate_hz in (("ppg", 64.0), ("eda", 4.0)):
        assert {(each.rate_hz, each.rows) for each in found[name]} == {(rate_hz, rate_hz)}
        assert [each.t0 for each in found[name]] == list(range(61))
    (frame,) = frame_parser.parse(encode_block(found["ppg"][5], epoch=1, seq=5))
    beats = tracks.in_units(
        block_validation.as_sent(frame.raw, streams.stream("ppg"), 64, 1), frame.stream, 1
    )
    assert np.abs(beats).max() > 200
    assert len(np.unique(beats)) > 30


def test_without_a_wristband_neither_is_sent():
    assert not {"heart", "ppg", "eda"} & simulate_with_sensor(worn=False).keys()


@pytest.mark.parametrize("worn", [True, False])
def test_the_complete_layout_is_sent_every_half_minute(worn):
    found = simulate_with_sensor(worn)["layout"]
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


def test_an_error_removes_one_block_and_a_withdrawal_all(outbox):
    for second in range(4):
        outbox.add(cut(second))
    outbox.take(1.0)
    outbox.refuse("activity", 2, "bad_values")
    outbox.change_grant("activity", None, 4)
    assert outbox.unanswered() == 0
    assert outbox.refused == {"bad_values": 1, "withdrawn": 3}
    outbox.add(cut(5))
    assert outbox.empty()


def test_numbers_never_restart_in_a_sitting(outbox):
    outbox.add(cut(0))
    outbox.change_grant("activity", None, 1)
    outbox.change_grant("activity", 4, 9)
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
    from courses.questions.question_spec import item_of

    unit = factories.make_quiz_unit()
    for kind in ("single", "numeric", "text"):
        factories.make_question(unit, kind=kind)
    (lesson,) = list_lessons(unit.course)
    assert len(lesson.asks) == unit.questions.count()
    for question in unit.questions.all():
        ask = lesson.asks[question.code]
        for lot in range(4):
            for right in (True, False):
                given = ask.reply(right=right, number=None, lot=lot)
                assert item_of(question).grade(given).correct is right


@pytest.mark.django_db
def test_ability_and_practice_raise_the_share_of_right_answers():
    question = factories.make_question()
    ask = next(iter(list_lessons(question.course)[0].asks.values()))
    weak, able = LearnerKnowledge(-1.0), LearnerKnowledge(1.0)
    assert weak.chance(ask) < able.chance(ask)
    assert weak.chance(ask, state="CONFUSION") < weak.chance(ask) < weak.chance(ask, hints=1)
    before, rng = weak.chance(ask), Random(0)
    for _ in range(20):
        weak.answer(ask, rng)
    weak.tries.clear()
    assert weak.chance(ask) > before
