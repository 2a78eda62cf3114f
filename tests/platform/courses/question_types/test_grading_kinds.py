"""Order, match, cloze, units and wordings: each reply but the correct one is wrong.

No reply raises another error than UngradableReply.
"""

from __future__ import annotations

import re
import time
from fractions import Fraction
from itertools import permutations, product

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from courses.answers.expression_match import matches_wording
from courses.answers.replies import ReplyGrade, UngradableReply
from courses.answers.text_match import contains_in_order
from courses.question_types.cloze import ClozeGap
from courses.question_types.registry import QUESTION_TYPES
from courses.questions.answer_parts import AnswerChoice, AnswerUnit, MatchPart
from tests.fixtures.question_items import item, items_of_every_kind


def rows(*ids, match=()):
    belongs = dict(zip(ids, match, strict=False))
    return tuple(AnswerChoice(one, one, one, False, match=belongs.get(one, "")) for one in ids)


KM_AND_M = (AnswerUnit("km", Fraction(1000)), AnswerUnit("m", Fraction(1)))
DISTANCE = item("numeric", answer="3.2", tolerance=Fraction("0.05"), units=KM_AND_M)
ORDER = item("order", choices=rows("a", "b", "c", "d"))
PARTS = tuple(MatchPart(one, one, one) for one in ("p", "q", "r", "spare"))
MATCH = item("match", choices=rows("a", "b", "c", match=("p", "q", "r")), parts=PARTS)
WORDS = item("text", answer="the bread", compare="words", accepted=("* of bread", "loaf*"))
CHOSEN = (AnswerChoice("s", "", "", True), AnswerChoice("l", "", "", False))
CLOZE = item(
    "cloze",
    gaps=(
        ClozeGap("one", item("numeric", answer="100")),
        ClozeGap("two", item("single", choices=CHOSEN)),
        ClozeGap("three", WORDS),
    ),
)
SINGLE = item("single", choices=CHOSEN)
MULTIPLE = item("multiple", choices=CHOSEN)
EVERY = (SINGLE, MULTIPLE, DISTANCE, WORDS, ORDER, MATCH, CLOZE, *items_of_every_kind())


def test_each_kind_has_a_correct_reply():
    assert {one.kind for one in items_of_every_kind()} == set(QUESTION_TYPES)
    assert all(one.grade(one.correct_reply()).correct for one in EVERY if not one.is_open)


def test_wrong_order_is_wrong_and_counts_correct_places():
    for placed in permutations("abcd"):
        right = sum(one == other for one, other in zip(placed, "abcd", strict=True))
        verdict = ORDER.grade(placed)
        assert verdict.correct is (right == 4)
        if 0 < right < 4:
            assert verdict.feedback_html.startswith(f"{right} of 4 ")


def test_every_match_but_the_right_one_is_wrong():
    for chosen in product(("p", "q", "r", "spare"), repeat=3):
        verdict = MATCH.grade([f"{row}={part}" for row, part in zip("abc", chosen, strict=True)])
        assert verdict.correct is (chosen == ("p", "q", "r"))


def test_partly_correct_reply_counts_correct_parts():
    assert MATCH.grade(["a=p", "b=r", "c=q"]) == ReplyGrade(False, "1 of 3 parts is correct.")
    assert MATCH.grade(["c=q", "b=q", "a=p"]) == ReplyGrade(False, "2 of 3 parts are correct.")
    assert MATCH.grade(["a=q", "b=r", "c=p"]) == ReplyGrade(
        False, "None of the 3 parts is correct yet."
    )


def test_each_gap_is_graded_as_its_own_kind():
    assert CLOZE.grade(["one=100", "two=s", "three=Loaf of rye"]).correct
    assert CLOZE.grade(["one=99", "two=s", "three=bread"]) == ReplyGrade(
        False, "1 of 3 parts is correct."
    )
    with pytest.raises(UngradableReply, match="Gap 1: Enter a number"):
        CLOZE.grade(["one=many", "two=s", "three=bread"])


def test_a_gap_may_hold_an_equals_sign():
    asked = item("cloze", gaps=(ClozeGap("g", item("text", answer="x=4", compare="string")),))
    assert asked.grade(["g=x = 4"]).correct


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("3.2 km", True),
        ("3200 m", True),
        ("3,2 km", True),
        ("3 1/5 km", True),
        ("3.2km", True),
        ("3.2 KM", True),
        ("d = 3.25 km", True),
        ("3,250 m", True),
        ("3.2 m", False),
        ("3251 m", False),
        ("-3.2 km", False),
    ],
)
def test_a_number_is_right_in_any_unit_it_may_be_given_in(typed, right):
    assert DISTANCE.grade(typed).correct is right


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("3.2", "Enter the unit too, such as km."),
        ("3.2 cm", "Use one of these units: km, m."),
        ("3.2 k m", "Use one of these units: km, m."),
        ("km", "Enter a number and its unit, such as 3.2 km."),
    ],
)
def test_without_a_known_unit_a_number_cannot_be_read(typed, why):
    with pytest.raises(UngradableReply) as told:
        DISTANCE.grade(typed)
    assert str(told.value) == why


def test_units_that_differ_by_a_capital_letter_are_kept_apart():
    units = (AnswerUnit("mW", Fraction(1)), AnswerUnit("MW", Fraction(10**9)))
    power = item("numeric", answer="5", units=units)
    assert power.grade("5 mW").correct
    assert not power.grade("5 MW").correct
    with pytest.raises(UngradableReply):
        power.grade("5 mw")


LETTERS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
WORD = st.text(st.characters(categories=["Ll", "Lu", "Lo"]), min_size=2, max_size=20)
BLANKS = st.text(" \t\u00a0\u2003", min_size=1, max_size=3)
CASES = ["lower", "upper", "title"]
MARKS = st.text(".,;:!?…\"'“”«» ", max_size=3)


@settings(max_examples=400)
@given(WORD, st.lists(LETTERS, max_size=3), BLANKS, MARKS, st.sampled_from(["lower", "upper"]))
@example("ĿA", [], " ", ":", "lower")
@example("İA", [], " ", ":", "lower")
@example("Aﹶ", [], " ", ":", "upper")
def test_an_accepted_wording_is_right_in_any_case_and_spacing(word, more, blank, marks, case):
    found = [word, *more]
    wording = " ".join(found)
    typed = marks + blank.join(getattr(word, case)() for word in found) + blank + marks
    assume(len(typed) <= 200)
    asked = item("text", answer="another", compare="words", accepted=(wording,))
    assert asked.grade(typed).correct


@pytest.mark.parametrize(
    ("answer", "typed"), [("Straße", "STRASSE"), ("\u0131rmak", "IRMAK"), ("\ufb01n", "Fin")]
)
def test_letters_without_a_capital_are_accepted(answer, typed):
    assert item("text", answer=answer, compare="words").grade(typed).correct


@given(st.text("abcde", min_size=1), st.text("abcde", min_size=1))
def test_words_that_differ_are_wrong(one, other):
    assume(one != other)
    assert not item("text", answer=one, compare="words").grade(other).correct


SYMBOLS = st.text("nx0123456789+-/^()[]{}", min_size=1, max_size=8)


@given(SYMBOLS, st.sampled_from(["!{}", ".{}", "{}!", "{}?", "({})", "[{}]", "'{}'", "{}'"]))
def test_a_sign_at_the_end_of_symbols_changes_them(symbols, sign):
    assume(not re.search("[nx]{2}", symbols))
    one, other = symbols, sign.format(symbols)
    assert not item("text", answer=one, compare="words").grade(other).correct
    assert not item("text", answer=other, compare="words").grade(one).correct


@pytest.mark.parametrize(("typed", "answer"), [(".5 km", "5 km"), ("int[]", "int"), ("f(", "f")])
def test_a_sign_with_a_meaning_is_part_of_the_answer(typed, answer):
    assert not item("text", answer=answer, compare="words").grade(typed).correct


@pytest.mark.parametrize("typed", ["(the bread)", "“(The bread.)”", "¡the bread!", "the bread?"])
def test_marks_around_words_do_not_count(typed):
    assert WORDS.grade(typed).correct


@pytest.mark.parametrize("typed", ["5.", "5 ", "5,"])
def test_a_full_stop_after_a_number_does_not_count(typed):
    assert item("text", answer="5", compare="words").grade(typed).correct


@given(st.lists(st.text("ab", max_size=4), min_size=2, max_size=5), st.text("abc", max_size=6))
def test_star_matches_any_run(runs, run):
    assert contains_in_order(run.join(runs), runs)


@given(st.lists(st.text("ab", max_size=3), min_size=2, max_size=4), st.text("ab", max_size=8))
def test_single_pass_matches_like_an_exhaustive_search(runs, text):
    assert contains_in_order(text, runs) is anywhere(text, runs)


def anywhere(text, runs):
    """Try each length of each star."""
    first, *left = runs
    if not text.startswith(first):
        return False
    rest = text[len(first) :]
    if not left:
        return not rest
    return any(anywhere(rest[at:], left) for at in range(len(rest) + 1))


@pytest.mark.parametrize(
    ("typed", "wording", "compare", "right"),
    [
        ("a slice of bread", "* of bread", "words", True),
        ("of bread", "* of bread", "words", False),
        ("Loaves.", "loa*s", "words", True),
        ("“Loaves”", "loa*s", "words", True),
        ("loaves!", "loa*s!", "words", True),
        ("k!", "k*!", "words", True),
        ("k", "k*!", "words", False),
        ("y = 3 x", "y = * x", "", True),
        ("2*x*3", "2*x", "arithmetic", False),
        ("x*2", "2*x", "arithmetic", True),
        ("5 x", "5 *", "string", True),
        ("[a]", "[a*]", "string", True),
        ("a", "[a-z]*", "string", False),
    ],
)
def test_wording_is_not_a_regular_expression(typed, wording, compare, right):
    assert matches_wording(typed, wording, compare) is right


def test_wording_with_many_stars_is_matched_in_linear_time():
    """A regular expression of the same form would run longer than the age of the universe."""
    wording, began = "a*" * 100 + "b", time.perf_counter()
    for size in (50, 100, 200):
        assert not matches_wording("a" * size, wording, "words")
    assert time.perf_counter() - began < 5


REPLIES = st.one_of(
    st.text(max_size=30),
    st.lists(st.text(max_size=12), max_size=6),
    st.lists(
        st.sampled_from(["a", "b", "c", "d", "a=p", "b=q", "one=1", "two=s", "="]), max_size=6
    ),
    st.text("0123456789,./- kmx=", max_size=30),
)


@settings(max_examples=300)
@given(st.sampled_from(EVERY), REPLIES)
def test_no_reply_ends_in_an_error(asked, reply):
    try:
        told = asked.grade(reply).correct
    except UngradableReply as unreadable:
        told = str(unreadable)
    assert isinstance(told, bool) or told.endswith(".")


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        (ORDER, "abcd"),
        (ORDER, ["a", "b", "c"]),
        (ORDER, ["a", "b", "c", "c"]),
        (ORDER, ["a", "b", "c", "e"]),
        (MATCH, ["a=p", "b=q"]),
        (MATCH, ["a=p", "b=q", "c=no"]),
        (MATCH, ["a=p", "a=q", "b=q", "c=r"]),
        (CLOZE, ["one=1", "two=s"]),
        (CLOZE, ["one=1", "two=s", "three= "]),
        (CLOZE, ["one=1", "two=z", "three=x"]),
    ],
)
def test_incomplete_reply_is_reported_and_not_wrong(asked, reply):
    with pytest.raises(UngradableReply):
        asked.grade(reply)
