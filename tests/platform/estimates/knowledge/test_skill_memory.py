"""Each answer updates the memory of its skill once, and the stored values are those read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adaptation.next_question import spaced_review
from consent.permits import gate
from emotion.knowledge import spaced_repetition
from emotion.knowledge.spaced_repetition import Recall
from estimates.knowledge import mastery
from tests.fixtures import factories
from tests.fixtures.quiz_answers import answer

pytestmark = pytest.mark.django_db


def remembered(learner, quiz, now):
    permit = gate.permit(learner.code, "course", now=now)
    return list(mastery.memories(permit, [quiz.course]).values())


def test_the_stored_memory_follows_from_the_answers(mia, quiz, now):
    first, second = (quiz.questions.get(position=n) for n in (1, 2))
    days = [now + timedelta(days=n, microseconds=123457) for n in (0, 3, 9)]
    answer(mia, first, "5", days[0])
    answer(mia, second, "999", days[1])
    answer(mia, second, second.answer, days[2], hints_used=1)
    known = spaced_repetition.update(None, Recall(days[0], True))
    known = spaced_repetition.update(known, Recall(days[1], False))
    known = spaced_repetition.update(known, Recall(days[2], True, assisted=True))
    assert remembered(mia, quiz, days[2]) == [known]


def test_missing_the_same_question_again_says_nothing_new(mia, quiz, now):
    first, second = (quiz.questions.get(position=n) for n in (1, 2))
    answer(mia, first, "5", now)
    answer(mia, second, "999", now + timedelta(days=3))
    before = remembered(mia, quiz, now)
    answer(mia, second, "998", now + timedelta(days=4))
    assert remembered(mia, quiz, now) == before


def test_a_right_answer_after_an_earlier_try_counts_as_helped(mia, quiz, now):
    first = quiz.questions.get(position=1)
    answer(mia, first, "5", now)
    answer(mia, first, "5", now + timedelta(days=4))
    known = spaced_repetition.update(None, Recall(now, True))
    known = spaced_repetition.update(known, Recall(now + timedelta(days=4), True, assisted=True))
    assert remembered(mia, quiz, now) == [known]


def test_other_courses_and_skills_without_a_right_answer_have_no_memory(mia, noah, quiz, now):
    answer(mia, quiz.questions.get(position=1), "999", now)
    factories.make_enrolment(noah, quiz.course)
    answer(noah, quiz.questions.get(position=1), "5", now)
    assert remembered(mia, quiz, now) == []


def test_nothing_is_due_for_an_account_that_is_closed(mia, quiz, now):
    answer(mia, quiz.questions.get(position=1), "5", now)
    later = now + timedelta(days=9)
    assert spaced_review.count_due(mia, [quiz.course], now=later) == {quiz.course.pk: 1}
    mia.is_active = False
    mia.save()
    assert spaced_review.count_due(mia, [quiz.course], now=later) == {}
