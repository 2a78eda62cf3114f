"""`/teach/<slug>/topics/`: each skill with what was done, said and guessed, and how it went.

Figures of a group from the floor on, and published cells: no person, and no mark for anybody.
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

from accounts.access import require_person
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
from teaching.layout import frame_of, teacher
from teaching.percent_range import Percent, percent
from teaching.skills.mastery_counts import Standing, standings
from teaching.skills.skill_stats import Tried, stuck, tried

HEAD = ("topic", "people", "right at once, %", "", "right in the end, %", "", "after a hint, %", "",
        "said stuck, people")  # fmt: skip
HELD = "too few people"


@dataclass(frozen=True, slots=True)
class Topic:
    """One skill. `people` None = too few did anything; a range or count that is None = too few."""

    name: str
    people: int | None
    at_once: Percent | None
    in_the_end: Percent | None
    after_help: Percent | None
    stuck: int | None
    guessed: tuple[EstimatedRange, ...]
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """`known`: whether how many have mastered a topic may be told of this group."""

    labels: tuple[str, ...]
    topics: tuple[Topic, ...]
    known: bool = False


@require_safe
@require_person
@files_in_source
def topics(request: HttpRequest, slug: str) -> HttpResponse:
    """Every skill. `?who=` one group, `?as=csv` the table as a file, without what was guessed."""
    course = course_for_teacher(teacher(request), slug)
    audience = audience_of(course, request.GET.get("who", EVERYBODY))
    matrix = Matrix((), ())
    if audience.learners:
        matrix = matrix_of(course, audience, now=timezone.now())
    if request.GET.get("as") == "csv":
        return csv_of(f"{course.slug}-topics", HEAD, map(row, matrix.topics))
    context = {
        "teach": frame_of(course, "topics"),
        "audience": audience,
        "matrix": matrix,
        "guessing": published_summary.is_allowed(),
        "made_by": gettext(predictors.made_by()),
    }
    return render(request, "teaching/topics.html", context)


def matrix_of(course: Course, audience: Audience, *, now: datetime) -> Matrix:
    done, said = tried(course, audience.learners), stuck(course, audience.learners)
    cells = _cells(course, audience)
    given = {label for found in cells.values() for cell in found for label in cell.labels}
    labels = tuple(label for label in AFFECT_LABELS if label in (given or DEFAULT_LABELS))
    labels = labels if published_summary.is_allowed() and audience.chosen.key == EVERYBODY else ()
    rows = by_name(Skill.objects.filter(course=course), lambda skill: skill.name)
    known = standings(rows, audience, now=now)
    return Matrix(
        tuple(heading_of(label) for label in labels),
        tuple(
            _topic(
                skill, done.get(skill.pk, []), said.get(skill.pk, 0), audience,
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


def _cells(course: Course, audience: Audience) -> published_summary.CellsBySection:
    """Published of everybody; of a group nothing is."""
    if audience.chosen.key != EVERYBODY or not published_summary.is_allowed():
        return {}
    return published_summary.published_cells(skill__course=course)


def _topic(
    skill: Skill,
    done: Sequence[Tried],
    said: int,
    audience: Audience,
    guessed: tuple[EstimatedRange, ...],
    known: Standing | None,
) -> Topic:
    told = audience.is_enough(len(done))
    helped = [each.after_help for each in done if each.after_help is not None]
    return Topic(
        name=skill.name,
        people=len(done) if told else None,
        at_once=range_of([each.at_once for each in done]) if told else None,
        in_the_end=range_of([each.in_the_end for each in done]) if told else None,
        after_help=range_of(helped) if audience.is_enough(len(helped)) else None,
        stuck=said if audience.is_enough(said) else None,
        guessed=guessed,
        standing=known,
    )


def range_of(shares: Sequence[float]) -> Percent | None:
    """The mean of people's shares with its 80 % range; None for fewer than five people, whose mean
    has no range worth the name."""
    found = average(np.array(shares, dtype=np.float64))
    if found is None:
        return None
    return percent(found.value, max(0.0, found.low), min(1.0, found.high))


def row(topic: Topic) -> tuple[object, ...]:
    """One line of the file."""
    ranges = [
        cell
        for found in (topic.at_once, topic.in_the_end, topic.after_help)
        for cell in ((found.value, f"{found.low}–{found.high}") if found else (HELD, ""))
    ]
    people, said = (HELD if n is None else n for n in (topic.people, topic.stuck))
    return (topic.name, people, *ranges, said)
