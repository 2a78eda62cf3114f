"""Publish class picture cells each quarter of an hour.

The current quarter is shown as "so far"; it is closed once, when the quarter has ended (rulings 5).
A cell that loses a person (withdrawal, erasure, correction) is withdrawn at once and never counted
again, so that no two views of it differ by one person (I-22).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from courses.models import Course
from estimates.group_figures import disclosure
from estimates.group_figures.disclosure import CellFigures
from estimates.group_figures.proportions import Floor
from estimates.group_figures.publications import GRACE, QUARTER, is_old, lock_publication
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Publication
from estimates.models.group_figures import TEACH, forget_member
from teaching.class_picture import snapshots
from teaching.class_picture.course_sections import CourseSection
from teaching.class_picture.current_cells import load_current_cells
from telemetry.models import Sitting

__all__ = ["forget", "load_running_picture", "publish_due", "quarter_of", "withdraw_gone"]

logger = logging.getLogger(__name__)
forget = forget_member
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
    made = Publication.objects.filter(
        course=course, quarter=since, since=None, audience=TEACH
    ).first()
    if made is None or is_old(made, now, RECOUNT):
        made = _refresh(course, since, floor, now)
    cells = load_current_cells(made)
    seen = disclosure.read_cells(cells.values())
    return RunningPicture(since, {part: seen[cell.pk] for part, cell in cells.items()})


@transaction.atomic
def _refresh(course: Course, quarter: datetime, floor: Floor, now: datetime) -> Publication:
    """Recount the picture if it is still out of date once the row is locked."""
    made = lock_publication(course, quarter)
    if is_old(made, now, RECOUNT):
        snapshots.take_snapshots(made, now, floor, now)
    return made


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
    due = [(course, q) for course in courses for q in ended if (course.pk, q) not in done]
    return sum(_publish_or_log(course, quarter, floor, now) for course, quarter in due)


def _ended_quarters(now: datetime) -> list[datetime]:
    """Return the quarters that ended recently, after a grace period for late Windows."""
    last = quarter_of(now - GRACE)
    return [last - QUARTER * back for back in range(1, int(LOOK_BACK / QUARTER) + 1)]


def _publish_or_log(course: Course, quarter: datetime, floor: Floor, now: datetime) -> bool:
    """Publish one course, or log the failure and leave the course for the next sweep."""
    try:
        return _publish(course, quarter, floor, now)
    except Exception:
        logger.exception("class_picture.unpublished")
        return False


@transaction.atomic
def _publish(course: Course, quarter: datetime, floor: Floor, now: datetime) -> bool:
    """Close the locked Publication and take its snapshots; do nothing if it is closed already."""
    made = lock_publication(course, quarter)
    if made.at is not None:
        return False
    made.at = now
    snapshots.take_snapshots(made, quarter + QUARTER, floor, now)
    return True
