"""A partly right answer earns its share where the author chose so, and is correct only in full."""

from __future__ import annotations

from fractions import Fraction

import pytest

from courses.answers.replies import grade_share
from courses.question_types.registry import QUESTION_TYPES
from tests.fixtures.question_items import item_of_spec

ROWS = [{"id": name, "text": name} for name in "abcd"]
CHOICES = [row | {"correct": row["id"] in "ab"} for row in ROWS]
PARTS = [{"id": "p", "text": "1"}, {"id": "q", "text": "2"}]
GAPS = [{"id": name, "kind": "text", "answer": name} for name in "xyz"]
KINDS = {
    "multiple": {"choices": CHOICES},
    "order": {"choices": ROWS},
    "match": {
        "choices": [ROWS[0] | {"match": "p"}, ROWS[1] | {"match": "q"}],
        "parts": PARTS,
    },
    "cloze": {"prompt": "[[x]] [[y]] [[z]]", "parts": GAPS},
}


def asked(kind, **own):
    return item_of_spec({"id": "q", "type": kind, "prompt": "?"} | KINDS.get(kind, {}) | own)


@pytest.mark.parametrize(
    ("kind", "given", "share"),
    [
        ("multiple", ["a", "b"], 1),
        ("multiple", ["a"], Fraction(1, 2)),
        ("multiple", ["a", "b", "c"], Fraction(1, 2)),
        ("multiple", ["a", "b", "c", "d"], 0),
        ("multiple", ["c", "d"], 0),
        ("order", ["a", "b", "d", "c"], Fraction(1, 2)),
        ("match", ["a=p", "b=p"], Fraction(1, 2)),
        ("cloze", ["x=x", "y=y", "z=no"], Fraction(2, 3)),
        ("cloze", ["x=no", "y=no", "z=no"], 0),
    ],
)
def test_parts_earn_their_share_only_with_partial_credit(kind, given, share):
    with_credit = asked(kind, partial_credit=True).grade(given)
    assert (with_credit.share, with_credit.correct) == (share, share == 1)
    without = asked(kind).grade(given)
    assert (without.share, without.feedback_html) == (int(share == 1), with_credit.feedback_html)


def test_shares_of_choices_replace_the_equal_ones():
    own = [row | {"share": share} for row, share in zip(CHOICES, (75, 25, 0, -50), strict=True)]
    item = asked("multiple", choices=own, partial_credit=True)
    shares = [item.grade(given).share for given in (["a"], ["b", "c"], ["a", "d"], ["a", "b", "c"])]
    assert shares == [Fraction(3, 4), Fraction(1, 4), Fraction(1, 4), 1]


def test_feedback_of_all_points_is_that_of_the_first_number_that_has_one():
    others = [
        {"from": 19, "to": 21, "share": 100},
        {"value": 20, "share": 100, "feedback": "As well."},
    ]
    grade = asked("numeric", answer="20", other_answers=others).grade("20")
    assert (grade.correct, grade.feedback_html) == (True, "As well.")
    grade = asked("numeric", answer="1", other_answers=others).grade("20")
    assert (grade.correct, grade.feedback_html) == (True, "As well.")


def test_rounded_shares_of_all_correct_choices_are_all_points():
    own = [ROWS[at] | {"correct": at < 3} | ({"share": 33.33} if at < 3 else {}) for at in range(4)]
    item = asked("multiple", choices=own, partial_credit=True)
    assert item.grade(["a", "b", "c"]).correct
    assert item.grade(["a"]).share == Fraction(1, 3)


def test_the_best_of_the_numbers_that_fit_counts():
    others = [
        {"from": 0, "to": 10, "share": 25, "feedback": "Roughly."},
        {"value": "7/2", "tolerance": 0.5, "share": "100/3"},
        {"value": 20, "share": 100, "feedback": "As well."},
    ]
    item = asked("numeric", answer=5, tolerance=0, other_answers=others)
    found = {given: item.grade(given) for given in ("5", "4", "0", "10", "20", "10.1")}
    assert [one.share for one in found.values()] == [
        1, Fraction(1, 3), Fraction(1, 4), Fraction(1, 4), 1, 0]  # fmt: skip
    assert [found["10"].feedback_html, found["20"].feedback_html] == ["Roughly.", "As well."]
    assert [one.correct for one in found.values()] == [True, False, False, False, True, False]


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("multiple", {"choices": [CHOICES[0] | {"share": 100}, CHOICES[1] | {"share": 0}]}),
        ("multiple", {"choices": [CHOICES[0] | {"share": 60}, *CHOICES[1:]],
                      "partial_credit": True}),
        ("multiple", {"choices": [*CHOICES[:2], CHOICES[2] | {"share": 5}],
                      "partial_credit": True}),
        ("single", {"choices": [CHOICES[0] | {"share": 50}, CHOICES[2]]}),
        ("single", {"choices": [CHOICES[0], CHOICES[2] | {"share": 100}]}),
        ("numeric", {"answer": 5, "other_answers": [{"from": 2, "to": 1, "share": 50}]}),
        ("numeric", {"answer": 5, "other_answers": [{"value": 2, "share": 0}]}),
    ],
)  # fmt: skip
def test_shares_that_do_not_fit_are_a_flaw(kind, own):
    spec = {"type": kind, "prompt": "?"} | own
    assert QUESTION_TYPES[kind].find_flaw(spec, "?") is not None


def test_a_share_just_below_all_of_the_points_is_not_correct():
    grade = grade_share(Fraction(99_999_999, 100_000_000))
    assert not grade.correct
    assert 0 < grade.share < 1
