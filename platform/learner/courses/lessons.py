"""The units of a course grouped into lessons: its sections, if its Author made some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from courses import attempts
from courses.attempt_questions import count_drawn
from courses.availability import Availability, waits_for_unit
from courses.completion import NO_PROGRESS, UnitProgress
from courses.models import Question, Unit, Video
from courses.percent_text import format_percent
from courses.timestamps import format_time

KIND_WORDS = {
    "video": gettext_noop("Video"),
    "external": gettext_noop("Video"),
    "reading": gettext_noop("Reading"),
    "quiz": gettext_noop("Quiz"),
}

VIDEO_KINDS = ("video", "external")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit in a list.

    `end` is the text at the end of the line: progress or length. `test` is "practice", "graded" or
    "". `opens_at` is None once that date is reached. `opens_after` is the title of the unit to
    finish first, or "".
    """

    title: str
    lang: str
    url: str
    kind: str
    kind_word: str
    done: bool
    current: bool
    end: str
    test: str
    opens_at: datetime | None
    opens_after: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CourseLesson:
    number: int
    title: str
    rows: tuple[UnitRow, ...]


def group_lessons(
    units: Sequence[Unit],
    progress: Mapping[int, UnitProgress],
    current: Unit | None = None,
    *,
    availability: Availability,
    now: datetime,
) -> tuple[CourseLesson, ...]:
    """Group units, in order, into lessons numbered from 1."""
    sizes = load_sizes(units)
    titles = {unit.pk: unit.title for unit in units}
    awaited = {
        unit.pk: titles.get(unit.opens_after_id or 0, "")
        for unit in units
        if waits_for_unit(unit, availability.finished)
    }
    found = []
    for number, (title, group) in enumerate(_split_units(units), start=1):
        rows = tuple(
            _make_row(unit, progress, sizes, current, availability, awaited, now) for unit in group
        )
        found.append(CourseLesson(number, title, rows))
    return tuple(found)


def _split_units(units: Sequence[Unit]) -> list[tuple[str, list[Unit]]]:
    """Return each lesson's title and units; in a course without sections, a video begins one."""
    titles = {row["id"]: row["title"] for row in units[0].course.sections} if units else {}
    groups: list[list[Unit]] = []
    for unit in units:
        last = groups[-1][-1] if groups else None
        begins = unit.kind in VIDEO_KINDS if not titles else last and unit.section != last.section
        if begins or last is None:
            groups.append([])
        groups[-1].append(unit)
    return [(titles.get(group[0].section, group[0].title), group) for group in groups]


def lesson_of(found: Sequence[CourseLesson], unit: Unit) -> CourseLesson:
    """Return the lesson that contains this unit."""
    url = url_of(unit)
    return next(lesson for lesson in found if any(row.url == url for row in lesson.rows))


def next_unit(units: Sequence[Unit], progress: Mapping[int, UnitProgress]) -> Unit | None:
    """Return the first unit, in order, that is not done."""
    return next((unit for unit in units if not progress.get(unit.pk, NO_PROGRESS).done), None)


def url_of(unit: Unit) -> str:
    return f"/units/{unit.code}/"


def _make_row(
    unit: Unit,
    progress: Mapping[int, UnitProgress],
    sizes: Mapping[int, str],
    current: Unit | None,
    availability: Availability,
    awaited: Mapping[int, str],
    now: datetime,
) -> UnitRow:
    state = progress.get(unit.pk, NO_PROGRESS)
    is_reached = availability.is_open_by_date(unit, now=now)
    return UnitRow(
        title=unit.title,
        lang=unit.course.language,
        url=url_of(unit),
        kind=unit.kind,
        kind_word=_kind_word(unit),
        done=state.done,
        current=current is not None and current.pk == unit.pk,
        end=_end_text(sizes.get(unit.pk, ""), state),
        test=unit.scenario if attempts.is_test(unit) else "",
        opens_at=None if is_reached else availability.opens[unit.pk],
        opens_after=awaited.get(unit.pk, ""),
        due_at=availability.due[unit.pk],
    )


def _kind_word(unit: Unit) -> str:
    """Return the kind in words for a screen reader, unless the title begins with it."""
    word = _(KIND_WORDS[unit.kind])
    return "" if unit.title.lower().startswith(word.lower()) else f"{word}: "


def _end_text(size: str, state: UnitProgress) -> str:
    if not state.done and state.ratio > 0:
        return format_percent(100 * state.ratio)
    return size


def load_sizes(units: Sequence[Unit]) -> dict[int, str]:
    """Return the length of each unit where it is known: "1:43", "9 questions", "3 min"."""
    lengths = Video.objects.filter(unit__in=units).values_list("unit_id", "duration_s")
    places = (
        Question.objects.filter(unit__in=units, position__isnull=False)
        .order_by()
        .values_list("unit_id")
        .annotate(Count("id"))
    )
    drawn = {unit.pk: count_drawn(unit) for unit in units}
    asked = Counter(dict(places)) + Counter(drawn)
    return {
        **{
            unit.pk: _("{minutes} min").format(minutes=unit.minutes)
            for unit in units
            if unit.minutes
        },
        **{pk: format_time(length) for pk, length in lengths},
        **{pk: _question_count_text(count) for pk, count in asked.items()},
    }


def _question_count_text(count: int) -> str:
    return ngettext("{count} question", "{count} questions", count).format(count=count)
