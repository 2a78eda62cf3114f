"""`/teach/<slug>/compare/`: learners who joined before a month, compared with later ones.

Only groups from `teaching.groups.group_filter` can be selected. So neither group, nor the
difference between two such pairs, has fewer people than the floor.
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

from accounts.access import current_user, require_person
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
from teaching.effects.interval_chart import format_interval
from teaching.groups.group_filter import Audience, GroupChoice, audience_of, complement_key
from teaching.layout import frame_of
from teaching.questions.first_attempts import load_first_tries

HEAD = ("what", "group", "people", "mean", "low", "high")
PERCENT = 100


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One compared quantity, in `unit`; `found` None = too few people have a value."""

    title: str
    unit: str
    found: GroupComparison | None

    @property
    def difference(self) -> str:
        """Return the difference in words, with signs."""
        found = self.found
        return format_interval(found.difference.low, found.difference.high) if found else ""

    @property
    def differs(self) -> bool:
        """Return whether the interval of the difference excludes zero."""
        return bool(self.found and self.found.difference.low * self.found.difference.high > 0)


@dataclass(frozen=True, slots=True)
class GroupPair:
    first: GroupChoice
    second: GroupChoice
    figures: tuple[ComparedFigure, ...]


@require_safe
@require_person
@files_in_source
def comparison(request: HttpRequest, slug: str) -> HttpResponse:
    """Show `?who=` one of the groups against all others; `?as=csv` returns the table as a file."""
    course = course_for_teacher(current_user(request), slug)
    everybody = audience_of(course)
    pairs = [choice for choice in everybody.choices if choice.key.startswith("from")]
    wanted = request.GET.get("who", pairs[-1].key if pairs else "")
    found = load_pair(course, wanted) if wanted else None
    if request.GET.get("as") == "csv" and found:
        return csv_of(f"{course.slug}-groups", HEAD, csv_rows(found))
    context = {
        "teach": frame_of(course, "compare"),
        "audience": everybody,
        "pairs": pairs,
        "pair": found,
        "wanted": wanted,
    }
    return render(request, "teaching/compare.html", context)


def load_pair(course: Course, key: str) -> GroupPair | None:
    """Return the groups from a month on and before it; None if they may not be split there."""
    first, second = audience_of(course, key), audience_of(course, complement_key(key))
    if not (first.learners and second.learners and key):
        return None
    values = zip(_values_per_person(course, first), _values_per_person(course, second), strict=True)
    figures = [
        ComparedFigure(title, unit, _compare_groups(np.array(one), np.array(other), first))
        for (title, unit, one), (_title, _unit, other) in values
    ]
    return GroupPair(first.chosen, second.chosen, tuple(figures))


def _compare_groups(one: Array, other: Array, audience: Audience) -> GroupComparison | None:
    """Compare two groups if enough people of each have a value.

    The generator has a fixed seed, so the same people give the same interval each time.
    """
    found = compare(one, other, rng=np.random.default_rng(0))
    enough = found and audience.is_enough(min(found.first.n, found.second.n))
    return found if enough else None


def _values_per_person(
    course: Course, audience: Audience
) -> list[tuple[str, str, Sequence[float]]]:
    """Return one number per person; NaN if there is no value."""
    found = load_first_tries(course, audience.learners)
    right: dict[int, list[bool]] = {pk: [] for pk in audience.learners}
    seconds: dict[int, list[float]] = {pk: [] for pk in audience.learners}
    for each in found.values():
        for learner, correct in each.right.items():
            right[learner].append(correct)
        for learner, took in each.seconds.items():
            seconds[learner].append(took)
    return [
        (_("Units done"), "%", _percent_done(course, audience)),
        (_("Correct on first try"), "%", [PERCENT * _mean_or_nan(own) for own in right.values()]),
        (_("Time on first try"), "s", [_median_or_nan(own) for own in seconds.values()]),
    ]


def _percent_done(course: Course, audience: Audience) -> list[float]:
    units = course.units.filter(position__isnull=False).count()
    rows = Completion.objects.filter(
        unit__course=course, unit__position__isnull=False, done_at__isnull=False,
        learner__any_of=audience.learners,
    )  # fmt: skip
    done = dict(rows.order_by().values_list("learner").annotate(Count("id")))
    return [PERCENT * done.get(pk, 0) / units if units else np.nan for pk in audience.learners]


def _mean_or_nan(own: Sequence[bool]) -> float:
    return sum(own) / len(own) if own else np.nan


def _median_or_nan(own: Sequence[float]) -> float:
    return float(np.median(own)) if own else np.nan


def csv_rows(pair: GroupPair) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the CSV file."""
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
            yield (f"{figure.title}, {figure.unit}", label, *_mean_cells(mean))


def _mean_cells(mean: MeanInterval) -> tuple[object, ...]:
    return (mean.n, *(round(value, 1) for value in (mean.value, mean.low, mean.high)))
