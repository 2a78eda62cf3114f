"""Mastery: Elo updates in the request, the interval follows in the worker, all of it sealed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from consent.permits import gate
from courses.answers import responses
from emotion.knowledge import logistic_mastery
from emotion.knowledge.logistic_mastery import SkillAnswer
from estimates.knowledge import mastery, mastery_history
from estimates.models import MasteryEstimate
from tests.fixtures import factories
from tests.fixtures.quiz_answers import answer
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db


def test_before_the_first_answer_nothing_is_known(mia, quiz, now):
    permit = gate.permit(mia.code, "course", now=now)

    (known,) = mastery.read(permit).of_skills(quiz.questions.first().skills.all())

    assert known.n == 0
    assert known.lo < 0.2
    assert known.hi > 0.8


def test_a_right_answer_raises_the_next_chance_at_once_and_the_interval_after_the_worker(
    mia, quiz, now
):
    question = quiz.questions.filter(position=1).get()
    permit = gate.permit(mia.code, "course", now=now)
    before = mastery.read(permit).of_question(question).predicted

    answer(mia, question, question.answer, now)

    assert mastery.read(permit).of_question(question).predicted > before
    assert mastery.read(permit).of_question(question).n == 0
    assert mastery.refine_due(now=now) == 1
    refined = mastery.read(permit).of_question(question)
    assert refined.n == 1
    assert refined.p > 0.5


def test_the_worker_traces_each_row_once(mia, quiz, now):
    answer(mia, quiz.questions.filter(position=1).get(), "999", now)

    assert [mastery.refine_due(now=now), mastery.refine_due(now=now)] == [1, 0]


def test_all_are_traced_together_and_an_unreadable_one_is_skipped(
    mia, noah, quiz, now, django_assert_max_num_queries
):
    factories.make_enrolment(noah, quiz.course)
    for question in quiz.questions.filter(position__isnull=False):
        answer(mia, question, question.answer, now)
        answer(noah, question, "999", now)
    owed = MasteryEstimate.objects.filter(due_at__isnull=False)
    (skills,) = {owed.filter(learner=person).count() for person in (mia, noah)}
    open_keystore().destroy(noah.code, ["course"])

    with django_assert_max_num_queries(6):
        assert mastery.refine_due(now=now) == 2 * skills

    assert not owed.exists()
    known = mastery.read(gate.permit(mia.code, "course", now=now))
    asked = quiz.questions.filter(position=1).get()
    answers = quiz.questions.filter(position__isnull=False, skills__in=asked.skills.all())
    assert known.of_question(asked).n == answers.count()


def test_trying_again_at_the_same_question_does_not_move_elo_again(mia, quiz, now):
    question = quiz.questions.filter(position=1).get()
    permit = gate.permit(mia.code, "course", now=now)
    answer(mia, question, "999", now)
    once = mastery.read(permit).of_question(question).predicted

    for minute in range(1, 4):
        answer(mia, question, "999", now + timedelta(minutes=minute))

    assert mastery.read(permit).of_question(question).predicted == once


def test_a_right_answer_after_a_hint_counts_less_but_never_against(mia, noah, quiz, now):
    question = quiz.questions.filter(position=1).get()
    factories.make_enrolment(noah, quiz.course)
    answer(mia, question, question.answer, now)
    answer(noah, question, question.answer, now, hints_used=2)
    mastery.refine_due(now=now)

    alone, helped = (
        mastery.read(gate.permit(person.code, "course", now=now)).of_question(question).p
        for person in (mia, noah)
    )

    assert 0.5 < helped < alone


def test_values_are_sealed_and_unreadable_without_the_key(mia, quiz, now):
    question = quiz.questions.filter(position=1).get()
    answer(mia, question, question.answer, now)
    permit = gate.permit(mia.code, "course", now=now)
    sealed = bytes(MasteryEstimate.objects.filter(skill__isnull=False).get().sealed)
    assert b"rating" not in sealed

    open_keystore().destroy(mia.code, ["course"])

    with pytest.raises(KeyDestroyed):
        mastery.read(permit).of_question(question)


def test_answers_of_one_moment_are_always_traced_in_one_order(mia, quiz, now):
    """They count in the order of their ids; other orders give other values."""
    question = quiz.questions.get(position=1)
    ids = [UUID(int=number) for number in (2, 4, 1, 5, 3)]
    given = {id: question.answer if id.int in (1, 4) else "999" for id in ids}
    permit = gate.permit(mia.code, "course", now=now)
    for id in ids:
        made = responses.record(
            learner=mia, question=question, given=given[id], sitting=None, hints_used=0,
            elapsed_ms=1000, draw=None, now=now, id=id,
        )  # fmt: skip
        mastery.update(made, permit, now=now)
    mastery.refine_due(now=now)

    answers = [SkillAnswer(given[id] != "999", assisted=id != min(ids)) for id in sorted(ids)]
    expected = logistic_mastery.trace(answers)
    known = mastery.read(permit).of_question(question)
    assert (known.p, known.n) == (expected.p, expected.n)
    ((past,),) = mastery_history.trace_at(permit, [now + timedelta(days=1)]).values()
    assert past == expected
