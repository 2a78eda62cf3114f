"""Cells of the class picture: "so far" while their quarter of an hour lasts, closed once when it
has ended (rulings 5).

A cell that loses one of its people (withdrawal, erasure, correction) is withdrawn at once and never
counted anew, so that no two views of it differ by one person (I-22).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from courses.models import Course
from teaching import disclosure
from teaching.class_picture import participants, snapshots
from teaching.class_picture.course_sections import Part
from teaching.class_picture.current_cells import read, withdraw_gone
from teaching.class_picture.models import Publication, forget_member
from teaching.class_picture.proportions import Floor
from teaching.disclosure import CellFigures
from telemetry.models import Sitting

__all__ = ["forget", "publish_due", "quarter_of", "running", "withdraw_gone"]

logger = logging.getLogger(__name__)
forget = forget_member
QUARTER = timedelta(minutes=15)
GRACE = timedelta(seconds=60)
LOOK_BACK = timedelta(hours=2)
RECOUNT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Running:
    """The picture so far."""

    since: datetime
    parts: Mapping[Part, CellFigures]


def quarter_of(now: datetime) -> datetime:
    """The quarter of an hour by the clock that holds this moment."""
    at = now.astimezone(UTC)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def running(course: Course, *, now: datetime) -> Running | None:
    """The picture of this quarter so far; None where the site allows none.

    It is stored like a published one, so that every page, process and Teacher sees the same. Who
    was withdrawn from it is gone at once; something new is looked for every 30 s.
    """
    floor = participants.floor()
    if floor is None:
        return None
    since = quarter_of(now)
    made = Publication.objects.filter(course=course, quarter=since).first()
    if made is None or _is_old(made, now):
        made = _look(course, since, floor, now)
    cells = read(made)
    seen = disclosure.read_cells(cells.values())
    return Running(since, {part: seen[cell.pk] for part, cell in cells.items()})


def _is_old(made: Publication, now: datetime) -> bool:
    return made.at is None and (made.counted_at is None or now - made.counted_at >= RECOUNT)


@transaction.atomic
def _look(course: Course, quarter: datetime, floor: Floor, now: datetime) -> Publication:
    """One page at a time looks for something new; the next one finds it done."""
    made = _locked(course, quarter)
    if _is_old(made, now):
        snapshots.take_due(made, now, floor, now)
    return made


def _locked(course: Course, quarter: datetime) -> Publication:
    made, _ = Publication.objects.get_or_create(course=course, quarter=quarter)
    return Publication.objects.select_for_update().get(pk=made.pk)


def publish_due(now: datetime) -> int:
    """Publish every ended quarter of courses with life in them; say how many. For the sweep."""
    floor = participants.floor()
    withdraw_gone()
    if floor is None:
        return 0
    alive = Sitting.objects.filter(active_at__gte=now - LOOK_BACK)
    courses = Course.objects.filter(pk__in=alive.values("unit__course"))
    ended = _ended(now)
    closed = Publication.objects.filter(quarter__in=ended, at__isnull=False)
    done = set(closed.values_list("course_id", "quarter"))
    due = [(course, q) for course in courses for q in ended if (course.pk, q) not in done]
    return sum(_try(course, quarter, floor, now) for course, quarter in due)


def _ended(now: datetime) -> list[datetime]:
    """The quarters that ended lately, after a moment's grace for late Windows."""
    last = quarter_of(now - GRACE)
    return [last - QUARTER * back for back in range(1, int(LOOK_BACK / QUARTER) + 1)]


def _try(course: Course, quarter: datetime, floor: Floor, now: datetime) -> bool:
    """A course that fails is left for the next time, and the others go on."""
    try:
        return _publish(course, quarter, floor, now)
    except Exception:
        logger.exception("class_picture.unpublished")
        return False


@transaction.atomic
def _publish(course: Course, quarter: datetime, floor: Floor, now: datetime) -> bool:
    """Whoever closes the Publication publishes; a second one finds it closed."""
    made = _locked(course, quarter)
    if made.at is not None:
        return False
    made.at = now
    snapshots.take_due(made, quarter + QUARTER, floor, now)
    return True
