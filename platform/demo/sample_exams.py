"""Two tests in the demo's course, one for practice and one graded, each with one attempt.

A test consists of siblings of the quizzes' questions: the same skills, other numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from adaptation import submit_attempt
from courses import attempts
from courses.models import Course, Question, QuestionSkill, Unit
from demo.simulated_learners.course import make_lesson

QUESTIONS = 5
TAKES = timedelta(minutes=9)


@dataclass(frozen=True, slots=True)
class SampleExam:
    """A test to create from the `relation` siblings of quiz questions."""

    title: str
    scenario: str
    relation: str
    attempts: int | None
    minutes: int
    due_in: timedelta | None


PRACTICE = SampleExam("Practice test: equations and lines", "practice", "easier", None, 15, None)
GRADED = SampleExam("Test: equations and lines", "graded", "harder", 2, 20, timedelta(days=7))


@transaction.atomic
def make_exams(course: Course, *, mia: User, noah: User, now: datetime) -> None:
    """Create both tests and an attempt at each, unless the course has a test already."""
    if course.units.exclude(scenario="course").exists():
        return
    for wanted, learner, wrong in ((PRACTICE, mia, 2), (GRADED, noah, 3)):
        asked = _find_siblings(course, wanted.relation)
        if asked:
            _take_exam(
                learner, _make_unit(course, wanted, asked, now), wrong, now - timedelta(days=1)
            )


def _find_siblings(course: Course, relation: str) -> list[Question]:
    """Return one sibling for each of the first places, spread over the lessons."""
    rows = Question.objects.filter(
        course=course, relation=relation, sibling__position__isnull=False, unit__kind="quiz"
    )
    found = list(rows.order_by("sibling__position", "unit__position").prefetch_related("skills"))
    return found[:QUESTIONS]


def _make_unit(
    course: Course, wanted: SampleExam, asked: Sequence[Question], now: datetime
) -> Unit:
    last = course.units.aggregate(last=Max("position"))["last"] or 0
    unit = Unit.objects.create(
        course=course,
        ref=f"{wanted.scenario}-test",
        position=last + 1,
        kind="quiz",
        title=wanted.title,
        scenario=wanted.scenario,
        attempts=wanted.attempts,
        time_limit_s=60 * wanted.minutes,
        due_at=None if wanted.due_in is None else now + wanted.due_in,
    )
    for position, question in enumerate(asked, start=1):
        _copy_question(question, unit, position)
    return unit


def _copy_question(question: Question, unit: Unit, position: int) -> None:
    skills = list(question.skills.all())
    copy = Question.objects.get(pk=question.pk)
    copy.pk, copy.code, copy.ref = None, uuid4(), f"{unit.ref}-{position}"
    copy.unit, copy.position, copy.sibling, copy.relation = unit, position, None, ""
    copy._state.adding = True
    copy.save()
    QuestionSkill.objects.bulk_create(
        [QuestionSkill(question=copy, skill=skill) for skill in skills]
    )


def _take_exam(learner: User, unit: Unit, wrong: int, at: datetime) -> None:
    """Take the test, with a wrong answer at place `wrong`."""
    rng = Random(unit.ref)  # noqa: S311
    attempt = attempts.begin(learner, unit, rng=rng, now=at)
    asks = make_lesson(unit).asks
    for place, question in enumerate(attempts.load_questions(attempt), start=1):
        ask = asks.get(question.code)
        if ask is not None:
            given = ask.reply(right=place != wrong, number=None, lot=0)
            attempts.save_answer(attempt, question, given, elapsed_ms=60_000, now=at + TAKES / 2)
    submit_attempt.submit(attempt, now=at + TAKES)
