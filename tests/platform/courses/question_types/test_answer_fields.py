"""Questions answered in parts: shuffled rows, field values and form parsing."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from courses.answers.replies import UngradableReply
from courses.question_types.answer_fields import parse_parts
from courses.question_types.cloze import ClozeGap
from courses.question_types.order import shuffle_rows
from courses.question_types.registry import QUESTION_TYPES
from courses.questions.answer_parts import AnswerChoice, MatchPart
from learner.questions.view_model import make_seed
from tests.fixtures.question_items import item


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
    seed = make_seed(learner, asked)
    mixed = shuffle_rows(rows(count), seed)
    assert mixed == shuffle_rows(rows(count), seed)
    assert mixed != rows(count)
    assert sorted(row.id for row in mixed) == sorted(row.id for row in rows(count))


def test_two_learners_meet_rows_in_orders_of_their_own():
    seen = {tuple(row.id for row in shuffle_rows(rows(5), f"learner {at}")) for at in range(40)}
    assert len(seen) > 20


@pytest.mark.parametrize("asked", [ORDER, MATCH, CLOZE], ids=lambda asked: asked.kind)
def test_field_values_round_trip_to_the_same_reply(asked):
    reply = asked.correct_reply()
    held = asked.split_reply(reply)
    shown = asked.build_fields(held, "seed")
    sent = QueryDict(mutable=True)
    for field in shown:
        chosen = [pick.id for pick in field.picks if pick.chosen]
        sent[f"given-{field.id}"] = chosen[0] if field.picks else field.value
    assert asked.parse_form(sent) == reply
    assert asked.grade(asked.parse_form(sent)).correct


def test_ordered_rows_keep_their_order():
    held = QUESTION_TYPES["order"].split_reply(["r2", "r0", "r3", "r1"])
    shown = ORDER.build_fields(held, "seed")
    assert [field.id for field in shown] == ["r2", "r0", "r3", "r1"]


def test_a_text_is_split_at_its_gaps():
    one, two = CLOZE.build_fields({"a": "typed"}, "seed")
    assert (one.html, one.value, one.picks) == ("One ", "typed", ())
    assert (two.html, [pick.text for pick in two.picks]) == (" and <b>two</b> ", ["short"])
    assert CLOZE.tail_html == "."


def test_a_reply_is_described_in_words():
    assert ORDER.describe(["r1", "r0", "r2", "r3"], "en") == "row 1, row 0, row 2, row 3"
    assert MATCH.describe(["r0=p1"], "en") == "row 0: part 1"
    assert CLOZE.describe(["a=typed", "b=s"], "en") == "typed, short"


@pytest.mark.parametrize("sent", ["given-a=1&given-b=1", "given-a=x&given-b=2", "given-a=²"])
def test_invalid_order_numbers_are_reported(sent):
    with pytest.raises(UngradableReply, match="Give each row"):
        QUESTION_TYPES["order"].parse_form(QueryDict(sent))


def test_an_empty_field_is_no_answer():
    assert parse_parts(QueryDict("given-a=+&given-b=2&given=3")) == {"b": "2"}
    assert QUESTION_TYPES["cloze"].parse_form(QueryDict("given-a=&given-b=")) == []
