"""The questions of a test: its own, then those that each Attempt draws from the bank."""

from __future__ import annotations

import random

from courses.models import Question, Unit
from courses.questions.random_questions import draw_questions, read_entries


def draw_for_attempt(unit: Unit, *, rng: random.Random) -> list[Question]:
    """Return the questions of an Attempt that begins now, in order.

    A drawn question has the points of its entry, whatever its own are.
    """
    return [*load_own_questions(unit), *_draw_from_bank(unit, rng)]


def load_own_questions(unit: Unit) -> list[Question]:
    """Return the questions of the unit in their order, without those that Attempts draw."""
    rows = unit.questions.filter(position__isnull=False).order_by("position")
    return list(rows.prefetch_related("skills"))


def count_questions(unit: Unit) -> int:
    """Return how many questions each Attempt that begins now has."""
    return unit.questions.filter(position__isnull=False).count() + count_drawn(unit)


def count_drawn(unit: Unit) -> int:
    """Return how many questions each Attempt draws from the bank."""
    return sum(entry.count for entry in read_entries(unit.random_questions))


def _draw_from_bank(unit: Unit, rng: random.Random) -> list[Question]:
    entries = read_entries(unit.random_questions)
    if not entries:
        return []
    tags = [entry.tag for entry in entries]
    rows = Question.objects.filter(course=unit.course_id, in_bank=True, tags__overlap=tags)
    bank = {row.pk: row for row in rows.order_by("pk")}
    drawn = draw_questions(entries, {pk: row.tags for pk, row in bank.items()}, rng=rng)
    for pk, entry in drawn:
        bank[pk].points = entry.points
    return [bank[pk] for pk, _ in drawn]
