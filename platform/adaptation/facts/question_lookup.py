"""Questions that facts need: those of a unit without answers yet, and those of a run of help.

They are read with one query for all Sittings of a moment, with their skills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from adaptation.facts.answer_facts import helped_run, last_of
from adaptation.facts.course_records import Course
from courses.models import Question


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions with their skills, by primary key."""

    by_pk: Mapping[int, Question]

    def of(self, unit: int) -> list[Question]:
        return [question for question in self.by_pk.values() if question.unit_id == unit]


def questions_of(courses: Sequence[Course]) -> Questions:
    """Load the questions these Sittings need; runs no query if none needs any."""
    units = {each.sitting.unit_id for each in courses if last_of(each) is None and each.past}
    runs = {question for each in courses for question in helped_run(each)}
    if not (units or runs):
        return Questions({})
    rows = Question.objects.filter(Q(unit__in=units) | Q(pk__in=runs)).order_by("pk")
    return Questions({row.pk: row for row in rows.prefetch_related("skills")})
