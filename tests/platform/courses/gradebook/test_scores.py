"""Scores after regrades are pure, so that each order of regrades and undoing can be tested."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from courses.gradebook.scores import (
    Correction,
    Credit,
    Score,
    apply_correction,
    apply_corrections,
    score_of,
)
from courses.models.regrade import TREATMENTS

NONE, THIRD, ALL = Fraction(0), Fraction(1, 3), Fraction(1)
QUESTIONS = [1, 2, 3]
CREDITS = st.sampled_from(
    [
        {pk: Credit(one, Fraction(pk, 2)) for pk, one in zip(QUESTIONS, right, strict=True)}
        for right in product([NONE, THIRD, ALL], repeat=len(QUESTIONS))
    ]
)
CORRECTIONS = st.sampled_from(
    [
        Correction(*each)
        for each in product(QUESTIONS, TREATMENTS, [NONE, THIRD, ALL, None], [True, False])
    ]
)


@given(CREDITS, st.lists(CORRECTIONS, max_size=5))
def test_score_is_never_out_of_zero_or_above_its_total(credits, corrections):
    for step in apply_corrections(credits, corrections):
        score = score_of(step)
        assert 0 <= score.right <= score.out_of
        assert Fraction(1, 2) <= score.out_of <= 3


@given(CREDITS, st.lists(CORRECTIONS, max_size=3), CORRECTIONS)
def test_keeping_the_higher_score_never_lowers_it(credits, before, by):
    now = apply_corrections(credits, before)[-1]
    kept = apply_correction(
        now, Correction(by.question, by.treatment, by.verdict, keeps_higher=True)
    )
    assert not score_of(kept).is_below(score_of(now))


@given(CREDITS, CORRECTIONS)
def test_only_the_question_itself_changes(credits, by):
    after = apply_correction(credits, by)
    assert {pk: after[pk] for pk in QUESTIONS if pk != by.question} == {
        pk: credits[pk] for pk in QUESTIONS if pk != by.question
    }


@given(CREDITS, CORRECTIONS)
def test_repeating_a_regrade_changes_nothing(credits, by):
    once = apply_correction(credits, by)
    assert score_of(apply_correction(once, by)) == score_of(once)


def after(treatment, verdict, *, first, keeps_higher=False):
    credits = {1: Credit(first), 2: Credit(ALL)}
    return score_of(apply_correction(credits, Correction(1, treatment, verdict, keeps_higher)))


def test_each_treatment_gives_its_credit():
    assert after("new_key", ALL, first=NONE) == Score(2, 2)
    assert after("new_key", NONE, first=ALL) == Score(1, 2)
    assert after("new_key", None, first=ALL) == Score(2, 2)
    assert after("either_key", NONE, first=ALL) == Score(2, 2)
    assert after("either_key", ALL, first=NONE) == Score(2, 2)
    assert after("full_credit", None, first=NONE) == Score(2, 2)
    assert after("new_key", THIRD, first=ALL) == Score(Fraction(4, 3), 2)
    assert after("either_key", NONE, first=THIRD) == Score(Fraction(4, 3), 2)
    assert after("either_key", THIRD, first=NONE) == Score(Fraction(4, 3), 2)
    assert after("left_out", None, first=NONE) == Score(1, 1)
    assert after("new_key", NONE, first=ALL, keeps_higher=True) == Score(2, 2)


def test_points_of_the_questions_weigh_their_shares():
    credits = {1: Credit(THIRD, Fraction(3)), 2: Credit(ALL, Fraction(1, 2))}
    score = score_of(credits)
    assert score == Score(Fraction(3, 2), Fraction(7, 2))
    assert (score.percent, score.per_point, score.in_parts(2)) == (43, 2, (3, 7))


def test_thirds_of_a_point_add_up_exactly():
    """A stored 0.33 would give 12 percent instead of 12.5, which is rounded up."""
    credits = {pk: Credit(THIRD if pk < 4 else NONE) for pk in range(1, 9)}
    assert score_of(credits).percent == 13


@given(st.lists(st.tuples(st.fractions(0, 1, max_denominator=40), st.integers(1, 99)), min_size=1))
def test_a_score_is_stored_in_whole_parts_that_give_the_same_grade(questions):
    credits = {pk: Credit(share, Fraction(points)) for pk, (share, points) in enumerate(questions)}
    score = score_of(credits)
    right, out_of = score.in_parts(score.per_point)
    assert 0 <= right <= out_of < 2**63
    assert score.per_point < 2**31
    assert abs(Fraction(right, out_of) - score.right / score.out_of) < Fraction(1, 10**9)


PARTS = st.fractions(0, 1, max_denominator=1_000_000)
POINTS = st.integers(1, 100_000).map(lambda hundredths: Fraction(hundredths, 100))


@given(st.lists(st.tuples(PARTS | st.just(ALL - Fraction(1, 10**6)), POINTS), min_size=1))
def test_score_is_none_or_all_only_where_each_question_is(earned):
    score = score_of({pk: Credit(*each) for pk, each in enumerate(earned)})
    right, out_of = score.in_parts(score.per_point)
    assert (right == 0) == (score.percent == 0) == all(share == 0 for share, _ in earned)
    assert (right == out_of) == (score.percent == 100) == all(share == 1 for share, _ in earned)
    assert out_of == score.out_of * score.per_point


def test_the_smallest_missing_part_of_a_small_question_is_still_missing():
    almost = Credit(1 - Fraction(1, 10**6), Fraction(1, 100))
    score = score_of({1: almost, 2: Credit(ALL, Fraction(99, 100))})
    right, out_of = score.in_parts(score.per_point)
    assert right < out_of
    assert score.percent == 99
