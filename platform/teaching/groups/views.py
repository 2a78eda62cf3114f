"""`/teach/<slug>/compare/`: who joined before a month beside who joined from it on.

Only groups that may be chosen (`teaching.groups.group_filter`), so neither of the two, nor what
lies between two such pairs, is ever of fewer people than the floor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import require_person
from courses.access import course_for_teacher
from courses.models import Completion, Course
from emotion.evaluation.statistics.group_comparison import (
    Array,
    GroupComparison,
    MeanInterval,
    compare,
)
from privacy.csv_response import csv_of
from teaching.csv_export import files_in_source
from teaching.effects.interval_chart import words
from teaching.groups.group_filter import Audience, Choice, audience_of, other_of
from teaching.layout import frame_of, teacher
from teaching.questions.first_attempts import tries

HEAD = ("what", "group", "people", "mean", "low", "high")
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing compared, in `unit`; `found` None = too few people with anything to compare."""

    title: str
    unit: str
    found: GroupComparison | None

    @property
    def difference(self) -> str:
        """In words, with signs."""
        found = self.found
        return words(found.difference.low, found.difference.high) if found else ""

    @property
    def differs(self) -> bool:
        """Whether the range of the difference leaves out zero."""
        return bool(self.found and self.found.difference.low * self.found.difference.high > 0)


@dataclass(frozen=True, slots=True)
class Pair:
    first: Choice
    second: Choice
    figures: tuple[Figure, ...]


@require_safe
@require_person
@files_in_source
def comparison(request: HttpRequest, slug: str) -> HttpResponse:
    """`?who=` one of the groups; the other is everybody else. `?as=csv` the table as a file."""
    course = course_for_teacher(teacher(request), slug)
    everybody = audience_of(course)
    pairs = [choice for choice in everybody.choices if choice.key.startswith("from")]
    wanted = request.GET.get("who", pairs[-1].key if pairs else "")
    found = pair_of(course, wanted) if wanted else None
    if request.GET.get("as") == "csv" and found:
        return csv_of(f"{course.slug}-groups", HEAD, rows(found))
    context = {
        "teach": frame_of(course, "compare"),
        "audience": everybody,
        "pairs": pairs,
        "pair": found,
        "wanted": wanted,
    }
    return render(request, "teaching/compare.html", context)


def pair_of(course: Course, key: str) -> Pair | None:
    """Who joined from a month on, and before it; None where they may not be parted."""
    first, second = audience_of(course, key), audience_of(course, other_of(key))
    if not (first.learners and second.learners and key):
        return None
    values = zip(_values(course, first), _values(course, second), strict=True)
    figures = [
        Figure(title, unit, _told(np.array(one), np.array(other), first))
        for (title, unit, one), (_title, _unit, other) in values
    ]
    return Pair(first.chosen, second.chosen, tuple(figures))


def _told(one: Array, other: Array, audience: Audience) -> GroupComparison | None:
    """Of as many on each side as make a group: some of them may have nothing to compare. The same
    people give the same range each time."""
    found = compare(one, other, rng=np.random.default_rng(0))
    enough = found and audience.enough(min(found.first.n, found.second.n))
    return found if enough else None


def _values(course: Course, audience: Audience) -> list[tuple[str, str, Sequence[float]]]:
    """One number a person; NaN where there is nothing to tell."""
    found = tries(course, audience.learners)
    right: dict[int, list[bool]] = {pk: [] for pk in audience.learners}
    seconds: dict[int, list[float]] = {pk: [] for pk in audience.learners}
    for each in found.values():
        for learner, correct in each.right.items():
            right[learner].append(correct)
        for learner, took in each.seconds.items():
            seconds[learner].append(took)
    return [
        (_("Units done"), "%", _done(course, audience)),
        (_("Correct on first try"), "%", [PERCENT * _mean(own) for own in right.values()]),
        (_("Time on first try"), "s", [_middle(own) for own in seconds.values()]),
    ]


def _done(course: Course, audience: Audience) -> list[float]:
    units = course.units.filter(position__isnull=False).count()
    rows = Completion.objects.filter(
        unit__course=course, unit__position__isnull=False, done_at__isnull=False,
        learner__in=audience.learners,
    )  # fmt: skip
    done = dict(rows.order_by().values_list("learner").annotate(Count("id")))
    return [PERCENT * done.get(pk, 0) / units if units else np.nan for pk in audience.learners]


def _mean(own: Sequence[bool]) -> float:
    return sum(own) / len(own) if own else np.nan


def _middle(own: Sequence[float]) -> float:
    return float(np.median(own)) if own else np.nan


def rows(pair: Pair) -> Iterator[tuple[object, ...]]:
    """The table as a file has it."""
    for figure in pair.figures:
        if figure.found is None:
            yield (f"{figure.title}, {figure.unit}", "too few people")
            continue
        found = figure.found
        named = (
            (pair.first.label, found.first),
            (pair.second.label, found.second),
            ("difference", found.difference),
        )
        for label, mean in named:
            yield (f"{figure.title}, {figure.unit}", label, *_cells(mean))


def _cells(mean: MeanInterval) -> tuple[object, ...]:
    return (mean.n, *(round(value, 1) for value in (mean.value, mean.low, mean.high)))
