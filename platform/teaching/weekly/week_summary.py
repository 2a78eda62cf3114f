"""The parts of a week's lessons that are most worth changing, with their evidence.

It shows what the lesson maps show, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from courses.models import Course
from teaching.dashboard.course_answers import Change, Finding, describe_finding, suggest_change
from teaching.groups.group_filter import Audience, audience_of
from teaching.lessons.lesson_list import Lesson, find_opened, list_lessons
from teaching.lessons.lesson_map import load_cells, load_parts
from teaching.lessons.parts import LessonPart

MOST_ITEMS = 3
# Each takes some 13 queries.
MOST_LESSONS = 5


@dataclass(frozen=True, slots=True)
class SummaryItem:
    """One part that was harder than usual, what shows it, and what to change."""

    lesson: Lesson
    finding: Finding
    change: Change


@dataclass(frozen=True, slots=True)
class WeekSummary:
    """At most three items, hardest first, and how many `more` there are.

    `lessons` were compared, of those that enough people opened; `others` were not. `alike` and
    `few` count the parts without a difference, and those with too few people.
    """

    audience: Audience
    items: tuple[SummaryItem, ...] = ()
    more: int = 0
    lessons: int = 0
    others: int = 0
    alike: int = 0
    few: int = 0


def load_week_summary(course: Course, *, now: datetime) -> WeekSummary:
    """Return the hardest parts of the lessons that most people opened in the last seven days."""
    audience = audience_of(course)
    if not audience.learners:
        return WeekSummary(audience)
    opened = find_opened(course, list_lessons(course), audience, now=now)
    harder: list[tuple[Lesson, LessonPart]] = []
    alike = few = 0
    compared = opened[:MOST_LESSONS]
    cells = load_cells(course, compared, audience, now=now)
    for lesson in compared:
        ranked, too_few = load_parts(lesson, audience, cells)
        found = [part for part in ranked if part.is_harder]
        harder += [(lesson, part) for part in found]
        alike, few = alike + len(ranked) - len(found), few + too_few
    harder.sort(key=lambda each: -_score(each[1]))
    items = tuple(_describe_items(course, harder[:MOST_ITEMS]))
    return WeekSummary(
        audience,
        items,
        more=len(harder) - len(items),
        lessons=len(compared),
        others=len(opened) - len(compared),
        alike=alike,
        few=few,
    )


def has_real_findings(course: Course, *, now: datetime) -> bool:
    """Return whether real learners had more trouble than usual with a part; ends with the first.

    Estimates explain a part and do not rank it, so none is read.
    """
    audience = audience_of(course)
    if not audience.learners or audience.simulated:
        return False
    opened = find_opened(course, list_lessons(course), audience, now=now)
    found = (load_parts(lesson, audience, None) for lesson in opened[:MOST_LESSONS])
    return any(part.is_harder for ranked, _few in found for part in ranked)


def _describe_items(
    course: Course, harder: list[tuple[Lesson, LessonPart]]
) -> Iterator[SummaryItem]:
    for lesson, part in harder:
        change = suggest_change(course, lesson, part)
        yield SummaryItem(lesson, describe_finding(part), change)


def _score(part: LessonPart) -> float:
    """Return by how many standard errors a part is harder than the others of its lesson."""
    return part.rank.score if part.rank else 0.0
