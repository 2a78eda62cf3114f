"""Questions answered in parts: how rows are mixed, what fields hold, what a form says."""

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
from learner.questions.parse_answer import given_in, parts_in


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
    seed = answer_fields.seed_of(learner, asked)
    mixed = answer_fields.mixed(rows(count), seed)
    assert mixed == answer_fields.mixed(rows(count), seed)
    assert mixed != rows(count)
    assert sorted(row.id for row in mixed) == sorted(row.id for row in rows(count))


def test_two_learners_meet_rows_in_orders_of_their_own():
    seen = {
        tuple(row.id for row in answer_fields.mixed(rows(5), f"learner {at}")) for at in range(40)
    }
    assert len(seen) > 20


@pytest.mark.parametrize("asked", [ORDER, MATCH, CLOZE], ids=lambda asked: asked.kind)
def test_what_the_fields_hold_is_sent_back_as_the_same_reply(asked):
    reply = right_reply(asked)
    held = answer_fields.held_by(asked.kind, reply)
    shown = answer_fields.fields_of(asked, held, "seed")
    sent = QueryDict(mutable=True)
    for field in shown:
        chosen = [pick.id for pick in field.picks if pick.chosen]
        sent[f"given-{field.id}"] = chosen[0] if field.picks else field.value
    assert given_in(asked.kind, sent) == reply
    assert grade(asked, given_in(asked.kind, sent)).correct


def test_rows_that_were_ordered_stand_in_that_order():
    held = answer_fields.held_by("order", ["r2", "r0", "r3", "r1"])
    shown = answer_fields.fields_of(ORDER, held, "seed")
    assert [field.id for field in shown] == ["r2", "r0", "r3", "r1"]


def test_a_text_is_parted_at_its_gaps():
    one, two = answer_fields.fields_of(CLOZE, {"a": "typed"}, "seed")
    assert (one.html, one.value, one.picks) == ("One ", "typed", ())
    assert (two.html, [pick.text for pick in two.picks]) == (" and <b>two</b> ", ["short"])
    assert answer_fields.tail_of(CLOZE) == "."


def test_a_reply_is_told_in_words():
    assert answer_fields.words_of(ORDER, ["r1", "r0", "r2", "r3"]) == "row 1, row 0, row 2, row 3"
    assert answer_fields.words_of(MATCH, ["r0=p1"]) == "row 0: part 1"
    assert answer_fields.words_of(CLOZE, ["a=typed", "b=s"]) == "typed, short"


@pytest.mark.parametrize("sent", ["given-a=1&given-b=1", "given-a=x&given-b=2", "given-a=²"])
def test_places_that_are_no_order_are_told_and_not_guessed(sent):
    with pytest.raises(UngradableReply, match="Give each row"):
        given_in("order", QueryDict(sent))


def test_an_empty_field_is_no_answer():
    assert parts_in(QueryDict("given-a=+&given-b=2&given=3")) == {"b": "2"}
    assert given_in("cloze", QueryDict("given-a=&given-b=")) == []
