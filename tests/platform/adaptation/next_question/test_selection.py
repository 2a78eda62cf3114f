"""The next question: not right yet, not the one just asked, the variant nearer to the target."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from adaptation import answer_question
from adaptation.next_question import selection
from consent.permits import gate
from estimates.knowledge import mastery
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


def answer(learner, question, given, now):
    return answer_question.answer(
        learner,
        question,
        given,
        sitting=None,
        hints_used=0,
        elapsed_ms=1000,
        draw=None,
        now=now,
        rng=random.Random(0),
    )


def place(question):
    return question.sibling_id or question.pk


def test_each_place_is_asked_until_all_are_right_and_then_nothing_is(mia, quiz, now):
    places = set(quiz.questions.filter(position__isnull=False).values_list("pk", flat=True))
    permit = gate.permit(mia.code, "course", now=now)
    question = selection.choose(mia, quiz, permit, rng=random.Random(3), now=now).question
    seen = set()
    for minute in range(len(places)):
        seen.add(place(question))
        following = answer(mia, question, question.answer, now + timedelta(minutes=minute))
        question = following.next_question and following.next_question.question

    assert seen == places
    assert question is None


def test_after_a_wrong_answer_another_place_comes_first(mia, quiz, now):
    question = quiz.questions.filter(position=1).get()

    following = answer(mia, question, "999", now).next_question

    assert place(following.question) != question.pk


def test_where_only_one_place_is_left_it_comes_again(mia, quiz, now):
    first, *others = quiz.questions.filter(position__isnull=False)
    for minute, other in enumerate(others):
        answer(mia, other, other.answer, now + timedelta(minutes=minute))

    following = answer(mia, first, "999", now + timedelta(minutes=9)).next_question

    assert place(following.question) == first.pk


def test_a_far_too_hard_question_is_asked_as_its_easier_variant(mia, now):
    unit = factories.make_quiz_unit(questions=1)
    factories.make_enrolment(mia, unit.course)
    hard = unit.questions.filter(position=1).get()
    hard.difficulty = 5
    hard.save(update_fields=["difficulty"])
    hard.variants.update(difficulty=3)
    permit = gate.permit(mia.code, "course", now=now)

    chosen = selection.choose(mia, unit, permit, rng=random.Random(0), now=now)

    assert chosen.question.relation == "easier"
    assert chosen.predicted > mastery.read(permit).predict([hard])[hard.pk]


def test_the_probability_of_the_draw_is_returned(mia, quiz, now):
    permit = gate.permit(mia.code, "course", now=now)

    chosen = selection.choose(mia, quiz, permit, rng=random.Random(0), now=now)

    assert chosen.candidates == 3
    assert 0 < chosen.probability <= 1
