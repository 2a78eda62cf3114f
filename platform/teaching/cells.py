"""Cells of the class picture: published once when their quarter of an hour has ended, and one
running picture "so far" that is counted anew every 30 s (rulings 5).

A published cell that loses one of its people (withdrawal, erasure, correction) is withdrawn and
never counted anew, so that no two views of it differ by one person. What is counted stands still
while it is published, so that a correction or withdrawal is wholly before or after it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from courses.models import Course
from estimates.models import Dispute
from teaching import taking_part
from teaching.models import Cell, Member, Publication, forget_member, withdraw_cells
from teaching.parts import Part
from teaching.shares import Floor, Person, Picture, count, picture, shown
from teaching.taking_part import Group
from telemetry.models import Sitting

__all__ = ["forget", "publish_due", "quarter_of", "running", "withdraw_gone"]

logger = logging.getLogger(__name__)
forget = forget_member
QUARTER = timedelta(minutes=15)
GRACE = timedelta(seconds=60)
LOOK_BACK = timedelta(hours=2)
RECOUNT = timedelta(seconds=30)

# A Member whose Grants saw anything but a renewed yes since the cell was published, or who
# corrected an Estimate of that quarter afterwards.
GONE = """
SELECT m.id FROM teaching_member m
JOIN teaching_cell c ON c.id = m.cell_id AND c.state = 'published'
JOIN teaching_publication p ON p.id = c.publication_id
WHERE EXISTS (
  SELECT 1 FROM unnest(m.scopes, m.epochs) AS s(scope, epoch)
  LEFT JOIN consent_grant g ON g.learner = m.learner_id AND g.scope = s.scope
    AND g.live AND (g.epoch = s.epoch OR g.epoch - s.epoch = (
      SELECT count(*) FROM consent_event v
      WHERE v.learner = m.learner_id AND v.scope = s.scope
        AND v.epoch > s.epoch AND v.verb = 'grant'))
  WHERE g.id IS NULL)
OR EXISTS (
  SELECT 1 FROM estimates_dispute d
  JOIN estimates_affectestimate e ON e.id = d.estimate_id
  JOIN telemetry_sitting t ON t.id = e.sitting
  JOIN courses_unit u ON u.id = t.unit_id AND u.course_id = p.course_id
  WHERE d.learner_id = m.learner_id AND d.id > p.last_dispute
    AND t.began_at + make_interval(secs => 5 * e.cut) >= p.quarter
    AND t.began_at + make_interval(secs => 5 * e.cut) < p.quarter + interval '15 minutes')
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One part as it may be shown; `picture` None = too few people."""

    picture: Picture | None
    stuck: int | None
    got_it: int | None


@dataclass(frozen=True, slots=True)
class Running:
    """The picture so far: the Estimates it was counted from (by id), the parts, and how many are
    here and not in it (None = under the floor)."""

    since: datetime
    at: datetime
    made_of: frozenset[UUID]
    parts: Mapping[Part, Shown]
    others: int | None


_running: dict[int, Running] = {}


def quarter_of(now: datetime) -> datetime:
    """The quarter of an hour by the clock that holds this moment."""
    at = now.astimezone(UTC)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def running(course: Course, *, now: datetime) -> Running | None:
    """The picture of this quarter so far; None where the site allows none.

    Counted anew every 30 s, and at once when an Estimate in it no longer counts.
    """
    floor = taking_part.floor()
    if floor is None:
        return None
    since = quarter_of(now)
    found = taking_part.admitted(course, since, now, now=now)
    ids = frozenset(each.row.id for each in found)
    kept = _running.get(course.pk)
    if kept and kept.since == since and now - kept.at < RECOUNT and kept.made_of <= ids:
        return kept
    groups = taking_part.groups(course, found, since, now)
    parts = {part: _shown(group, floor) for part, group in groups.items()}
    others = _others(taking_part.others(course, found, since, now), parts.values(), floor)
    _running[course.pk] = Running(since, now, ids, parts, others)
    return _running[course.pk]


def _shown(group: Group, floor: Floor) -> Shown:
    """What people said is counted of the same kind of people as the picture beside it."""
    found = picture(group.people, floor)
    made_up = found is not None and found.simulated
    return Shown(
        found,
        count(group.stuck, floor, simulated=made_up),
        count(group.got_it, floor, simulated=made_up),
    )


def _others(outside: Collection[Person], parts: Iterable[Shown], floor: Floor) -> int | None:
    """Of real people, unless everything shown is simulated and marked so."""
    pictures = [part.picture for part in parts if part.picture]
    made_up = bool(pictures) and all(each.simulated for each in pictures)
    return count(outside, floor, simulated=made_up)


def publish_due(now: datetime) -> int:
    """Publish every ended quarter of courses with life in them; say how many. For the sweep."""
    floor = taking_part.floor()
    withdraw_gone()
    if floor is None:
        return 0
    alive = Sitting.objects.filter(active_at__gte=now - LOOK_BACK)
    courses = Course.objects.filter(pk__in=alive.values("unit__course"))
    ended = _ended(now)
    done = set(Publication.objects.filter(quarter__in=ended).values_list("course_id", "quarter"))
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
    """Whoever writes the Publication publishes; a second one finds it there."""
    made, is_new = Publication.objects.get_or_create(
        course=course, quarter=quarter, defaults={"at": now}
    )
    if not is_new:
        return False
    end = quarter + QUARTER
    kept = taking_part.hold(taking_part.admitted(course, quarter, end, now=now))
    made.last_dispute = Dispute.objects.aggregate(last=Max("id"))["last"] or 0
    made.save(update_fields=["last_dispute"])
    again = taking_part.admitted(course, quarter, end, now=now)
    found = [each for each in again if each.row.pk in kept]
    for part, group in taking_part.groups(course, found, quarter, end).items():
        _store(made, part, group, floor)
    return True


def _store(publication: Publication, part: Part, group: Group, floor: Floor) -> None:
    seen = _shown(group, floor)
    ranges = seen.picture.ranges if seen.picture else {}
    cell = Cell.objects.create(
        publication=publication,
        unit_id=part.unit,
        chapter=part.chapter,
        skill_id=part.skill,
        n=seen.picture.n if seen.picture else None,
        labels=list(ranges),
        lows=[low for low, _ in ranges.values()],
        highs=[high for _, high in ranges.values()],
        abstain=seen.picture.abstain if seen.picture else None,
        simulated=seen.picture.simulated if seen.picture else False,
        stuck=seen.stuck,
        got_it=seen.got_it,
    )
    Member.objects.bulk_create(
        Member(
            cell=cell,
            learner_id=person.learner,
            scopes=list(group.scopes[person.learner]),
            epochs=list(group.scopes[person.learner].values()),
        )
        for person in shown(group.people, floor)
    )


def withdraw_gone() -> int:
    """Withdraw each published cell that lost one of its people; say how many members had gone."""
    with connection.cursor() as cursor:
        cursor.execute(GONE)
        gone = [row[0] for row in cursor.fetchall()]
    return withdraw_cells(Member.objects.filter(pk__in=gone)) if gone else 0
