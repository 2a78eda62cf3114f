"""Skills due for review, and a question on each without a right answer yet."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from adaptation import answer_question
from adaptation.next_question import choice_log, spaced_review
from adaptation.next_question.models import Choice
from consent.permits import gate
from courses import completion
from privacy.subject_requests import requests
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz(mia):
    unit = factories.make_quiz_unit(questions=2)
    factories.make_enrolment(mia, unit.course)
    return unit


@pytest.fixture
def skill(quiz):
    return quiz.course.skills.get()


def answer(learner, question, given, now):
    answer_question.answer(
        learner, question, given, sitting=None, hints_used=0, elapsed_ms=1000, draw=None,
        now=now, rng=random.Random(0),
    )  # fmt: skip


def ask(learner, skill, now):
    permit = gate.permit(learner.code, "course", now=now)
    return spaced_review.ask(learner, skill, permit, rng=random.Random(0), now=now)


def test_a_skill_is_due_days_after_it_went_well_and_not_before(mia, quiz, skill, now):
    answer(mia, quiz.questions.get(position=1), "5", now)

    assert spaced_review.list_due(mia, quiz.course, now=now + timedelta(days=1)) == []
    (due,) = spaced_review.list_due(mia, quiz.course, now=now + timedelta(days=9))
    assert (due.skill, due.last_right, due.askable) == (skill, now, True)
    assert 0 < due.chance < 0.9


def test_a_skill_without_a_right_answer_is_not_due(mia, quiz, now):
    answer(mia, quiz.questions.get(position=1), "999", now)

    assert spaced_review.list_due(mia, quiz.course, now=now + timedelta(days=9)) == []


def test_the_most_forgotten_comes_first(mia, quiz, skill, now):
    other = factories.make_quiz_unit(quiz.course, questions=1)
    answer(mia, quiz.questions.get(position=1), "5", now)
    answer(mia, other.questions.get(position=1), "5", now + timedelta(days=4))

    found = spaced_review.list_due(mia, quiz.course, now=now + timedelta(days=9))

    assert [due.skill for due in found] == [skill, other.questions.first().skills.get()]


def test_the_question_is_one_that_was_not_answered_right_and_its_choice_is_kept(
    mia, quiz, skill, now
):
    done = quiz.questions.get(position=1)
    answer(mia, done, "5", now)
    later = now + timedelta(days=9)

    asked = {ask(mia, skill, later + timedelta(seconds=n)) for n in range(12)}

    assert done not in asked
    row = Choice.objects.filter(purpose="review").latest("chosen_at")
    permit = gate.permit(mia.code, "course", now=later)
    assert str(done.code) not in {each.code for each in choice_log.open_details(row, permit).among}
    assert row.candidates == 3


def test_where_every_question_went_well_none_is_asked_unless_its_numbers_can_change(
    mia, quiz, skill, now
):
    for question in quiz.questions.all():
        answer(mia, question, question.answer, now)
    (due,) = spaced_review.list_due(mia, quiz.course, now=now + timedelta(days=9))
    assert not due.askable
    assert ask(mia, skill, now + timedelta(days=9)) is None

    again = quiz.questions.get(position=2)
    again.parameterised = {
        "params": {},
        "derived": {},
        "constraints": [],
        "prompt": "",
        "answer": "5",
    }
    again.save(update_fields=["parameterised"])
    assert ask(mia, skill, now + timedelta(days=9)) == again


def test_nothing_is_due_for_an_objector(mia, quiz, skill, now):
    answer(mia, quiz.questions.get(position=1), "5", now)
    requests.switch(mia, "objection", on=True, now=now)
    later = now + timedelta(days=9)

    assert spaced_review.list_due(mia, quiz.course, now=later) == []
    assert ask(mia, skill, later) is None


def test_questions_of_a_unit_that_is_not_open_are_not_asked(mia, quiz, skill, now):
    done = factories.make_quiz_unit(quiz.course, questions=1, skill=skill)
    answer(mia, done.questions.get(position=1), "5", now)
    done.questions.filter(position=None).delete()
    quiz.opens_after = factories.make_reading_unit(quiz.course)
    quiz.save()
    later = now + timedelta(days=9)

    (due,) = spaced_review.list_due(mia, quiz.course, now=later)
    assert (due.askable, ask(mia, skill, later)) == (False, None)
    completion.mark_done(mia, quiz.opens_after, now=now)
    (due,) = spaced_review.list_due(mia, quiz.course, now=later)
    assert due.askable
