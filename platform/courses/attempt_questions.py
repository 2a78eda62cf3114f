"""The questions of a test: its own, then those that each Attempt draws from the bank."""

from __future__ import annotations

import random
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from courses.models import Question, Unit
from courses.question_types.registry import QUESTION_TYPES
from courses.questions.random_questions import RandomEntry, draw_questions, read_entries

OPEN_KINDS: Final = tuple(kind for kind, type in QUESTION_TYPES.items() if type.is_open)


def draw_for_attempt(unit: Unit, *, rng: random.Random) -> list[Question]:
    """Return the questions of an Attempt that begins now, in order.

    A drawn question has the points of its entry, whatever its own are.
    """
    own, entries, bank = _read_places(unit)
    drawn = draw_questions(entries, bank, rng=rng)
    rows = Question.objects.filter(pk__in=[*own, *(pk for pk, _ in drawn)])
    found = {row.pk: row for row in rows.prefetch_related("skills")}
    for pk, entry in drawn:
        found[pk].points = entry.points
    return [found[pk] for pk in (*own, *(pk for pk, _ in drawn))]


def count_questions(unit: Unit) -> int:
    """Return how many questions each Attempt that begins now has."""
    return unit.questions.filter(position__isnull=False).count() + count_drawn(unit)


def may_ask_open(unit: Unit) -> bool:
    """Return whether an Attempt may have a question that people mark."""
    tags = [entry.tag for entry in read_entries(unit.random_questions)]
    drawn = Q(course=unit.course_id, in_bank=True, tags__overlap=tags)
    rows = Question.objects.filter(Q(unit=unit, position__isnull=False) | drawn)
    return rows.filter(kind__in=OPEN_KINDS).exists()


def count_drawn(unit: Unit) -> int:
    """Return how many questions each Attempt draws from the bank."""
    return sum(entry.count for entry in read_entries(unit.random_questions))


def _read_places(unit: Unit) -> tuple[list[int], tuple[RandomEntry, ...], dict[int, list[str]]]:
    """Return the test's own questions, its entries, and the tags of each question in the bank.

    One statement reads all of it, so that a publication at the same moment is read whole or not.
    """
    questions = Question.objects.filter(course=OuterRef("course"))
    own = questions.filter(unit=OuterRef("pk"), position__isnull=False).order_by("position")
    bank = questions.filter(in_bank=True).order_by("pk")
    row = Unit.objects.annotate(
        own=ArraySubquery(own.values("pk")),
        bank=ArraySubquery(bank.values(row=JSONObject(pk="pk", tags="tags"))),
    ).get(pk=unit.pk)
    tags = {each["pk"]: each["tags"] for each in row.bank}
    return row.own, read_entries(row.random_questions), tags
