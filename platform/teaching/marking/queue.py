"""What a Teacher marks: the questions of tests with answers to read, and the next answer.

Answers are in the order of their ids, which are random, so the order reveals no names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from courses.models import Course, OpenAnswer, Question, RegradedAttempt, Unit
from teaching.roster import class_of

CURRENT = Q(marks__isnull=False, marks__replaced_at=None)


@dataclass(frozen=True, slots=True)
class MarkingTask:
    """One question of one test, and how many of its answers are marked or wait for marks."""

    unit: Unit
    question: Question
    marked: int
    waiting: int
    total: int


def find_answers(course: Course) -> QuerySet[OpenAnswer]:
    """Return the answers in attempts that count, of Learners who are in the course."""
    rows = OpenAnswer.objects.filter(attempt__unit__course=course, attempt__reset_at=None)
    return rows.filter(learner__any_of=class_of(course))


def count_waiting(course: Course, learners: Collection[int]) -> int:
    """Count the answers of these Learners that wait for marks, in attempts that count."""
    rows = OpenAnswer.objects.filter(attempt__unit__course=course, attempt__reset_at=None)
    return find_waiting(rows.filter(learner__any_of=learners)).count()


def find_waiting(answers: QuerySet[OpenAnswer]) -> QuerySet[OpenAnswer]:
    """Return those of the answers without which their attempts have no grade.

    An answer without a mark needs none where a regrade gives it full points or leaves it out.
    """
    regrades = RegradedAttempt.objects.filter(
        attempt=OuterRef("attempt"), regrade__question=OuterRef("question"), regrade__undone_at=None
    )
    settled = regrades.filter(regrade__treatment="full_credit")
    last = regrades.order_by("-regrade__made_at", "-regrade").values("regrade__treatment")[:1]
    rows = answers.filter(~Exists(settled), marks=None, attempt__unmarked__gt=0)
    return rows.alias(last=Coalesce(Subquery(last), Value(""))).exclude(last="left_out")


def load_tasks(course: Course) -> list[MarkingTask]:
    """Return the questions with answers, those with answers that wait first, then by test."""
    rows = find_answers(course).order_by().values_list("attempt__unit", "question")
    counts = rows.annotate(
        total=Count("id", distinct=True), marked=Count("id", filter=CURRENT, distinct=True)
    )
    found = list(counts)
    waiting = Counter(find_waiting(find_answers(course)).values_list("attempt__unit", "question"))
    units = Unit.objects.in_bulk({unit for unit, *_ in found})
    questions = Question.objects.in_bulk({question for _, question, *_ in found})
    tasks = [
        MarkingTask(units[unit], questions[question], marked, waiting[(unit, question)], total)
        for unit, question, total, marked in found
    ]
    return sorted(tasks, key=_place_of)


def load_answers(course: Course, unit: Unit, question: Question) -> list[OpenAnswer]:
    """Return the answers to one question of one test, without their texts."""
    rows = find_answers(course).filter(attempt__unit=unit, question=question)
    return list(rows.select_related("learner").defer("given_sealed").order_by("pk"))


def list_waiting(answers: Sequence[OpenAnswer]) -> set[UUID]:
    """Return the ids of those of the answers that wait for marks."""
    rows = OpenAnswer.objects.filter(pk__in=[row.pk for row in answers])
    return set(find_waiting(rows).values_list("pk", flat=True))


def find_next(
    answers: Sequence[OpenAnswer], waiting: Collection[UUID], after: UUID | None = None
) -> OpenAnswer | None:
    """Return the next answer that waits after another one, starting over at the end."""
    left = [row for row in answers if row.pk in waiting]
    later = [row for row in left if after is not None and row.pk > after]
    return next(iter([*later, *left]), None)


def _place_of(task: MarkingTask) -> tuple[bool, int, int, int]:
    return (task.waiting == 0, task.unit.position or 0, task.question.position or 0, task.unit.pk)
