"""Questions answered in parts: shuffled rows, field values and form parsing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from courses.answers.correct_answers import right_reply
from courses.answers.grading import UngradableReply, grade
from courses.questions.question_spec import AnswerChoice, ClozeGap, MatchPart, QuestionItem
from learner.questions import answer_fields
from learner.questions.parse_answer import parse_given, parse_parts


def item(kind, **values):
    blank = {"prompt_html": "", "linear": "", "answer": "", "tolerance": Fraction(0)}
    rest = {"choices": (), "compare": "", "wrong_answers": (), "explanation_html": ""}
    return QuestionItem(kind=kind, **(blank | rest | values))


def rows(count):
    names = [f"row {at}" for at in range(count)]
    return [
        AnswerChoice(f"r{at}", name, name, False, match=f"p{at}") for at, name in enumerate(names)
    ]


ORDER = item("order", choices=tuple(rows(4)))
PARTS = tuple(MatchPart(f"p{at}", "", f"part {at}") for at in range(4))
MATCH = item("match", choices=tuple(rows(3)), parts=PARTS)
CLOZE = item(
    "cloze",
    prompt_html="One [[a]] and <b>two</b> [[b]].",
    gaps=(
        ClozeGap("a", item("text", answer="x")),
        ClozeGap("b", item("single", choices=(AnswerChoice("s", "", "short", True),))),
    ),
)


@given(st.integers(2, 8), st.uuids(), st.uuids())
def test_rows_are_mixed_the_same_each_time_and_never_in_their_right_order(count, learner, asked):
    seed = answer_fields.make_seed(learner, asked)
    mixed = answer_fields.shuffle_rows(rows(count), seed)
    assert mixed == answer_fields.shuffle_rows(rows(count), seed)
    assert mixed != rows(count)
    assert sorted(row.id for row in mixed) == sorted(row.id for row in rows(count))


def test_two_learners_meet_rows_in_orders_of_their_own():
    seen = {
        tuple(row.id for row in answer_fields.shuffle_rows(rows(5), f"learner {at}"))
        for at in range(40)
    }
    assert len(seen) > 20


@pytest.mark.parametrize("asked", [ORDER, MATCH, CLOZE], ids=lambda asked: asked.kind)
def test_field_values_round_trip_to_the_same_reply(asked):
    reply = right_reply(asked)
    held = answer_fields.split_reply(asked.kind, reply)
    shown = answer_fields.build_fields(asked, held, "seed")
    sent = QueryDict(mutable=True)
    for field in shown:
        chosen = [pick.id for pick in field.picks if pick.chosen]
        sent[f"given-{field.id}"] = chosen[0] if field.picks else field.value
    assert parse_given(asked.kind, sent) == reply
    assert grade(asked, parse_given(asked.kind, sent)).correct


def test_ordered_rows_keep_their_order():
    held = answer_fields.split_reply("order", ["r2", "r0", "r3", "r1"])
    shown = answer_fields.build_fields(ORDER, held, "seed")
    assert [field.id for field in shown] == ["r2", "r0", "r3", "r1"]


def test_a_text_is_split_at_its_gaps():
    one, two = answer_fields.build_fields(CLOZE, {"a": "typed"}, "seed")
    assert (one.html, one.value, one.picks) == ("One ", "typed", ())
    assert (two.html, [pick.text for pick in two.picks]) == (" and <b>two</b> ", ["short"])
    assert answer_fields.find_tail(CLOZE) == "."


def test_a_reply_is_described_in_words():
    assert (
        answer_fields.describe_reply(ORDER, ["r1", "r0", "r2", "r3"])
        == "row 1, row 0, row 2, row 3"
    )
    assert answer_fields.describe_reply(MATCH, ["r0=p1"]) == "row 0: part 1"
    assert answer_fields.describe_reply(CLOZE, ["a=typed", "b=s"]) == "typed, short"


@pytest.mark.parametrize("sent", ["given-a=1&given-b=1", "given-a=x&given-b=2", "given-a=²"])
def test_invalid_order_numbers_are_reported(sent):
    with pytest.raises(UngradableReply, match="Give each row"):
        parse_given("order", QueryDict(sent))


def test_an_empty_field_is_no_answer():
    assert parse_parts(QueryDict("given-a=+&given-b=2&given=3")) == {"b": "2"}
    assert parse_given("cloze", QueryDict("given-a=&given-b=")) == []
