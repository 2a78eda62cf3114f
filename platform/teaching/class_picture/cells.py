"""Publish class picture cells each quarter of an hour.

The current quarter is shown as "so far"; it is closed once, when the quarter has ended (rulings 5).
A cell that loses a person (withdrawal, erasure, correction) is withdrawn at once and never counted
again, so that no two views of it differ by one person (I-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from courses.models import Course
from estimates.group_figures import disclosure, publications
from estimates.group_figures.disclosure import CellFigures
from estimates.group_figures.publications import GRACE, QUARTER, Span
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell, Publication
from estimates.models.group_figures import TEACH
from teaching.class_picture import snapshots
from teaching.class_picture.course_sections import CourseSection
from telemetry.models import Sitting

LOOK_BACK = timedelta(hours=2)
RECOUNT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class RunningPicture:
    """The unfinished picture of the current quarter."""

    since: datetime
    parts: Mapping[CourseSection, CellFigures]


def quarter_of(now: datetime) -> datetime:
    """Return the start of the quarter of an hour that contains `now`."""
    at = now.astimezone(UTC)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def load_running_picture(course: Course, *, now: datetime) -> RunningPicture | None:
    """Return the picture of the current quarter so far; None if the site allows none.

    It is stored like a published one, so that every page, process and Teacher sees the same
    figures. A withdrawal takes effect at once; new data is counted every 30 s.
    """
    floor = disclosure.current_floor(TEACH)
    if floor is None:
        return None
    since = quarter_of(now)
    quarter = Span(course, since)
    made = publications.refresh(quarter, snapshots.take_snapshots, floor, now, RECOUNT)
    stored = load_current_cells(made)
    seen = disclosure.read_cells(stored.values())
    return RunningPicture(since, {part: seen[cell.pk] for part, cell in stored.items()})


def load_current_cells(publication: Publication) -> dict[CourseSection, Cell]:
    """Withdraw cells that lost a member, then return this picture's cells of affect by section."""
    withdraw_gone()
    return snapshots.load_cells(publication, "affect")


def publish_due(now: datetime) -> int:
    """Publish every ended quarter of recently active courses; return how many. For the sweep."""
    floor = disclosure.current_floor(TEACH)
    withdraw_gone()
    if floor is None:
        return 0
    alive = Sitting.objects.filter(active_at__gte=now - LOOK_BACK)
    courses = Course.objects.filter(pk__in=alive.values("unit__course"))
    ended = _ended_quarters(now)
    closed = Publication.objects.filter(
        quarter__in=ended, since=None, at__isnull=False, audience=TEACH
    )
    done = set(closed.values_list("course_id", "quarter"))
    due = [Span(course, q) for course in courses for q in ended if (course.pk, q) not in done]
    count, event = snapshots.take_snapshots, "class_picture.unpublished"
    return sum(publications.publish_or_log(each, count, floor, now, event) for each in due)


def _ended_quarters(now: datetime) -> list[datetime]:
    """Return the quarters that ended recently, after a grace period for late Windows."""
    last = quarter_of(now - GRACE)
    return [last - QUARTER * back for back in range(1, int(LOOK_BACK / QUARTER) + 1)]
