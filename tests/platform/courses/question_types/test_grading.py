from __future__ import annotations

from fractions import Fraction

import pytest

from courses.answers.replies import ReplyGrade, UngradableReply
from courses.question_types.multiple import MISSING
from courses.questions.answer_parts import AnswerChoice, WrongAnswer
from tests.fixtures.question_items import item


def choice(letter, correct):
    return AnswerChoice(
        letter, letter, letter, correct, f"about {letter}", "" if correct else f"m-{letter}"
    )


CHOICES = (choice("a", True), choice("b", False), choice("c", True), choice("d", False))
SINGLE = item("single", choices=CHOICES[:2])
MULTIPLE = item("multiple", choices=CHOICES)
FORESEEN = WrongAnswer(Fraction(23), Fraction(0), "You added 9 again.", "repeats-operation")
NUMERIC = item("numeric", answer="0.1", tolerance=Fraction("0.05"), wrong_answers=(FORESEEN,))


def test_single_choice_returns_its_own_feedback():
    assert SINGLE.grade("a") == ReplyGrade(True, "about a")
    assert SINGLE.grade("b") == ReplyGrade(False, "about b", "m-b")


def test_multiple_needs_exactly_the_correct_choices():
    assert MULTIPLE.grade(["c", "a"]).correct
    assert MULTIPLE.grade(["a"]) == ReplyGrade(False, MISSING)
    assert MULTIPLE.grade(["a", "c", "d"]) == ReplyGrade(False, "about d", "m-d")
    assert not MULTIPLE.grade(["a", "b", "c", "d"]).correct


@pytest.mark.parametrize(("given", "right"), [("0.15", True), ("1/20", True), ("0.1501", False)])
def test_the_tolerance_counts_both_ends_exactly(given, right):
    assert NUMERIC.grade(given).correct is right


def test_a_foreseen_wrong_number_has_its_own_feedback():
    assert NUMERIC.grade("23.0") == ReplyGrade(False, "You added 9 again.", "repeats-operation")
    assert NUMERIC.grade("22") == ReplyGrade(False)


def test_a_foreseen_wrong_number_inside_the_tolerance_is_right():
    near = WrongAnswer(Fraction("0.12"), Fraction(0), "no", "no")
    assert (
        item("numeric", answer="0.1", tolerance=Fraction(1), wrong_answers=(near,))
        .grade("0.12")
        .correct
    )


def test_text_is_compared_by_value_or_as_text():
    assert item("text", answer="$$x=4$$", compare="arithmetic").grade("4").correct
    assert not item("text", answer="x=4", compare="string").grade("4").correct


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (SINGLE, "z"),
        (SINGLE, ["a"]),
        (MULTIPLE, "a"),
        (MULTIPLE, []),
        (MULTIPLE, ["a", "z"]),
        (NUMERIC, "a lot"),
        (NUMERIC, "  "),
        (NUMERIC, ["1"]),
        (item("text", answer="x"), ""),
        (item("text", answer="x"), "x" * 201),
    ],
)
def test_ungradable_reply_is_reported_and_not_wrong(asked, given):
    with pytest.raises(UngradableReply, match=r"^(Enter|Select) "):
        asked.grade(given)
