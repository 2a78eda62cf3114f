"""Parts of a simulated learner: the site can read what it sends, and what it knows."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from attune_client.blocks import HEAD, encode_block
from demo.simulated_learners import sensor_data
from demo.simulated_learners.course import list_lessons
from demo.simulated_learners.knowledge import LearnerKnowledge
from emotion import streams
from telemetry.blocks import block_validation, frame_parser, tracks
from tests.fixtures import factories


@pytest.fixture(scope="module")
def tape():
    person = sensor_data.make_person(3)
    return sensor_data.simulate(person, 120, rng=np.random.default_rng(1))


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
    """Return the Streams' rows for a person with or without a wristband."""
    people = (sensor_data.make_person(number) for number in range(1, 30))
    who = next(each for each in people if ("ppg" in each.shares) == worn)
    tape = sensor_data.simulate(who, seconds, rng=np.random.default_rng(2))
    found = {}
    for second in range(seconds):
        for each in tape.second(second):
            found.setdefault(each.stream, []).append(each)
    return found


def test_a_wristband_sends_pulse_and_skin_at_its_own_rates():
    found = simulate_with_sensor(worn=True)
    for name, rate_hz in (("ppg", 64.0), ("eda", 4.0)):
        assert {(each.rate_hz, len(each.values)) for each in found[name]} == {(rate_hz, rate_hz)}
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
    assert len({each.values.shape for each in found}) == 1
    assert sum(len(encode_block(each, epoch=1, seq=0)) - HEAD.size for each in found) < 3 * 1024


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
