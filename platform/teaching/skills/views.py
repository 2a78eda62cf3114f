"""`/teach/<slug>/topics/`: each skill with a group's tries, reports and published estimates.

The figures are of a group above the floor; they identify no person and grade no one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from accounts.name_order import by_name
from courses.access import course_for_teacher
from courses.models import Course, Skill
from emotion.evaluation.statistics.group_comparison import average
from estimates.label_names import heading_of
from estimates.models import AFFECT_LABELS
from estimates.registry import predictors
from privacy.csv_response import csv_of
from teaching.class_picture import published_summary
from teaching.class_picture.published_summary import EstimatedRange
from teaching.class_picture.views import DEFAULT_LABELS
from teaching.csv_export import files_in_source
from teaching.groups.group_filter import EVERYBODY, Audience, audience_of
from teaching.layout import frame_of
from teaching.percent_range import PercentRange, make_percent_range
from teaching.skills.mastery_counts import MasteryCounts, load_mastery_counts
from teaching.skills.skill_stats import SkillShares, count_stuck, load_skill_shares

HEAD = ("topic", "people", "right at once, %", "", "right in the end, %", "", "after a hint, %", "",
        "said stuck, people")  # fmt: skip
HELD_BACK = "too few people"


@dataclass(frozen=True, slots=True)
class Topic:
    """One skill. `people` None = too few did anything; a range or count that is None = too few."""

    name: str
    people: int | None
    at_once: PercentRange | None
    in_the_end: PercentRange | None
    after_help: PercentRange | None
    stuck: int | None
    estimates: tuple[EstimatedRange, ...]
    mastery_counts: MasteryCounts | None


@dataclass(frozen=True, slots=True)
class SkillMatrix:
    """The table of skills; `known`: whether mastery counts may be shown of this group."""

    labels: tuple[str, ...]
    topics: tuple[Topic, ...]
    known: bool = False


@require_safe
@require_person
@files_in_source
def topics(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every skill. `?who=` selects a group; `?as=csv` returns a file, without estimates."""
    course = course_for_teacher(current_user(request), slug)
    audience = audience_of(course, request.GET.get("who", EVERYBODY))
    matrix = SkillMatrix((), ())
    if audience.learners:
        matrix = load_matrix(course, audience, now=timezone.now())
    if request.GET.get("as") == "csv":
        return csv_of(f"{course.slug}-topics", HEAD, map(csv_row, matrix.topics))
    context = {
        "teach": frame_of(course, "topics"),
        "audience": audience,
        "matrix": matrix,
        "guessing": published_summary.is_allowed(),
        "made_by": gettext(predictors.shown_title()),
    }
    return render(request, "teaching/topics.html", context)


def load_matrix(course: Course, audience: Audience, *, now: datetime) -> SkillMatrix:
    """Return the table for this group."""
    done, stuck = (
        load_skill_shares(course, audience.learners),
        count_stuck(course, audience.learners),
    )
    cells = _load_cells(course, audience)
    estimated_labels = {
        label for found in cells.values() for cell in found for label in cell.labels
    }
    labels = tuple(
        label for label in AFFECT_LABELS if label in (estimated_labels or DEFAULT_LABELS)
    )
    labels = labels if published_summary.is_allowed() and audience.chosen.key == EVERYBODY else ()
    rows = by_name(Skill.objects.filter(course=course), lambda skill: skill.name)
    known = load_mastery_counts(rows, audience, now=now)
    return SkillMatrix(
        tuple(heading_of(label) for label in labels),
        tuple(
            _make_topic(
                skill, done.get(skill.pk, []), stuck.get(skill.pk, 0), audience,
                tuple(
                    published_summary.median_range(cells.get((None, skill.pk), []), label)
                    for label in labels
                ),
                known.get(skill.pk),
            )
            for skill in rows
        ),
        known=bool(known),
    )  # fmt: skip


def _load_cells(course: Course, audience: Audience) -> published_summary.CellsBySection:
    """Return the published cells of the whole class; a group has none."""
    if audience.chosen.key != EVERYBODY or not published_summary.is_allowed():
        return {}
    return published_summary.published_cells(skill__course=course)


def _make_topic(
    skill: Skill,
    done: Sequence[SkillShares],
    stuck: int,
    audience: Audience,
    estimates: tuple[EstimatedRange, ...],
    known: MasteryCounts | None,
) -> Topic:
    is_shown = audience.is_enough(len(done))
    helped = [each.after_help for each in done if each.after_help is not None]
    return Topic(
        name=skill.name,
        people=len(done) if is_shown else None,
        at_once=mean_with_interval([each.at_once for each in done]) if is_shown else None,
        in_the_end=mean_with_interval([each.in_the_end for each in done]) if is_shown else None,
        after_help=mean_with_interval(helped) if audience.is_enough(len(helped)) else None,
        stuck=stuck if audience.is_enough(stuck) else None,
        estimates=estimates,
        mastery_counts=known,
    )


def mean_with_interval(shares: Sequence[float]) -> PercentRange | None:
    """Return the mean of people's shares with its 80 % interval; None for under five people."""
    found = average(np.array(shares, dtype=np.float64))
    if found is None:
        return None
    return make_percent_range(found.value, max(0.0, found.low), min(1.0, found.high))


def csv_row(topic: Topic) -> tuple[object, ...]:
    """Return one row of the file."""
    ranges = [
        cell
        for found in (topic.at_once, topic.in_the_end, topic.after_help)
        for cell in ((found.value, f"{found.low}–{found.high}") if found else (HELD_BACK, ""))
    ]
    people, stuck = (HELD_BACK if n is None else n for n in (topic.people, topic.stuck))
    return (topic.name, people, *ranges, stuck)
