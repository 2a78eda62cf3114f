"""What a Teacher marks: the questions of tests with answers to read, and the next answer.

Answers are in the order of their ids, which are random, so the order reveals no names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from courses.models import Course, OpenAnswer, Question, Unit
from teaching.roster import class_of

CURRENT = Q(marks__isnull=False, marks__replaced_at=None)


@dataclass(frozen=True, slots=True)
class MarkingTask:
    """One question of one test, and how many of its answers are marked."""

    unit: Unit
    question: Question
    marked: int
    total: int

    @property
    def unmarked(self) -> int:
        return self.total - self.marked


def find_answers(course: Course) -> QuerySet[OpenAnswer]:
    """Return the answers in attempts that count, of Learners who are in the course."""
    rows = OpenAnswer.objects.filter(attempt__unit__course=course, attempt__reset_at=None)
    return rows.filter(learner__in=class_of(course))


def count_waiting(course: Course, learners: Collection[int]) -> int:
    """Count the answers of these Learners without a mark, in attempts that count."""
    rows = OpenAnswer.objects.filter(attempt__unit__course=course, attempt__reset_at=None)
    return rows.filter(learner__in=learners, marks=None).count()


def load_tasks(course: Course) -> list[MarkingTask]:
    """Return the questions with answers, those with unmarked answers first, then by test."""
    rows = find_answers(course).order_by().values_list("attempt__unit", "question")
    counts = rows.annotate(
        total=Count("id", distinct=True), marked=Count("id", filter=CURRENT, distinct=True)
    )
    found = list(counts)
    units = Unit.objects.in_bulk({unit for unit, *_ in found})
    questions = Question.objects.in_bulk({question for _, question, *_ in found})
    tasks = [
        MarkingTask(units[unit], questions[question], marked, total)
        for unit, question, total, marked in found
    ]
    return sorted(tasks, key=_place_of)


def load_answers(course: Course, unit: Unit, question: Question) -> list[OpenAnswer]:
    """Return the answers to one question of one test, without their texts."""
    rows = find_answers(course).filter(attempt__unit=unit, question=question)
    return list(rows.select_related("learner").defer("given_sealed").order_by("pk"))


def find_next(
    answers: Sequence[OpenAnswer], marked: set[UUID], after: UUID | None = None
) -> OpenAnswer | None:
    """Return the next answer without a mark after another one, starting over at the end."""
    waiting = [row for row in answers if row.pk not in marked]
    later = [row for row in waiting if after is not None and row.pk > after]
    return next(iter([*later, *waiting]), None)


def _place_of(task: MarkingTask) -> tuple[bool, int, int, int]:
    return (task.unmarked == 0, task.unit.position or 0, task.question.position or 0, task.unit.pk)
