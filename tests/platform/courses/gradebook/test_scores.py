"""Scores after regrades are pure, so that each order of regrades and undoing can be tested."""

from __future__ import annotations

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

QUESTIONS = [1, 2, 3]
CREDITS = st.sampled_from(
    [
        {pk: Credit(one) for pk, one in zip(QUESTIONS, right, strict=True)}
        for right in product([True, False], repeat=len(QUESTIONS))
    ]
)
CORRECTIONS = st.sampled_from(
    [
        Correction(*each)
        for each in product(QUESTIONS, TREATMENTS, [True, False, None], [True, False])
    ]
)


@given(CREDITS, st.lists(CORRECTIONS, max_size=5))
def test_score_is_never_out_of_zero_or_above_its_total(credits, corrections):
    for step in apply_corrections(credits, corrections):
        score = score_of(step)
        assert 0 <= score.right <= score.out_of
        assert 1 <= score.out_of <= len(QUESTIONS)


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


def after(treatment, verdict, *, right, keeps_higher=False):
    credits = {1: Credit(right), 2: Credit(right=True)}
    return score_of(apply_correction(credits, Correction(1, treatment, verdict, keeps_higher)))


def test_each_treatment_gives_its_credit():
    assert after("new_key", True, right=False) == Score(2, 2)
    assert after("new_key", False, right=True) == Score(1, 2)
    assert after("new_key", None, right=True) == Score(2, 2)
    assert after("either_key", False, right=True) == Score(2, 2)
    assert after("either_key", True, right=False) == Score(2, 2)
    assert after("full_credit", None, right=False) == Score(2, 2)
    assert after("left_out", None, right=False) == Score(1, 1)
    assert after("new_key", False, right=True, keeps_higher=True) == Score(2, 2)
