"""Publish states and results once per course and week, as cells of a class picture.

Real people are counted once, when the week has ended (Monday, UTC). Until then only simulated
people are counted. The cells are withdrawn with the others of their course (ADR 0031).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from courses.models import Course
from teaching.class_picture import eligible_estimates, participants
from teaching.class_picture.cells import GRACE, QUARTER, is_old, lock_publication
from teaching.class_picture.current_cells import cells_losing_people
from teaching.class_picture.models import Cell, Member, Publication
from teaching.class_picture.proportions import Floor
from teaching.class_picture.snapshots import draw_noise, find_last_dispute
from teaching.state_results.answer_moments import answers_by_skill, load_answers, moments_of
from teaching.state_results.week_figures import (
    LearnerAnswers,
    make_week_picture,
    select_group,
)
from telemetry.models import Sitting

logger = logging.getLogger(__name__)
KIND: Final = "results"
WEEK: Final = timedelta(days=7)
RECOUNT: Final = timedelta(minutes=5)


def week_of(now: datetime) -> datetime:
    """Return the start of the week that contains `now`: Monday 00:00 UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def publish_due(now: datetime) -> int:
    """Publish the week that ended last, for each course active in it; return how many."""
    floor = participants.current_floor()
    if floor is None:
        return 0
    begin = week_of(now - GRACE) - WEEK
    done = Publication.objects.filter(since=begin, at__isnull=False).values("course")
    alive = Sitting.objects.filter(active_at__gte=begin, began_at__lt=begin + WEEK)
    due = Course.objects.filter(pk__in=alive.values("unit__course")).exclude(pk__in=done)
    return sum(_publish_or_log(course, begin, floor, now) for course in due)


def _publish_or_log(course: Course, begin: datetime, floor: Floor, now: datetime) -> bool:
    """Publish one course, or log the failure and leave the course for the next sweep."""
    try:
        return _publish(course, begin, floor, now)
    except Exception:
        logger.exception("state_results.unpublished")
        return False


@transaction.atomic
def _publish(course: Course, begin: datetime, floor: Floor, now: datetime) -> bool:
    made = _lock_week(course, begin)
    if made.at is not None:
        return False
    made.at = now
    _count(made, floor, now)
    return True


def load_running(course: Course, *, now: datetime) -> Publication | None:
    """Return this week so far, of simulated people; None if the site allows none."""
    floor = participants.current_floor()
    if floor is None:
        return None
    begin = week_of(now)
    made = Publication.objects.filter(course=course, since=begin).first()
    return made if made and not is_old(made, now, RECOUNT) else _refresh(course, begin, floor, now)


@transaction.atomic
def _refresh(course: Course, begin: datetime, floor: Floor, now: datetime) -> Publication:
    """Count the week again if it is still out of date once the row is locked."""
    made = _lock_week(course, begin)
    if is_old(made, now, RECOUNT):
        _count(made, floor, now)
    return made


def _lock_week(course: Course, begin: datetime) -> Publication:
    return lock_publication(course, begin + WEEK - QUARTER, since=begin)


def _count(publication: Publication, floor: Floor, now: datetime) -> None:
    """Store the cell of each skill with answers and Estimates; real people only at the end."""
    publication.counted_at = now
    publication.save(update_fields=["counted_at", "at"])
    cells = {cell.skill_id: cell for cell in publication.cells.filter(kind=KIND)}
    leaving, last = cells_losing_people(), find_last_dispute("affect")
    for skill, people in _load_people(publication, now=now).items():
        cell = cells.get(skill) or Cell(publication=publication, kind=KIND, skill_id=skill)
        if cell.state == "published" and cell.pk not in leaving:
            cell.at, cell.last_dispute = now, last
            _store_cell(cell, people, floor)


def _load_people(publication: Publication, *, now: datetime) -> Mapping[int, list[LearnerAnswers]]:
    course, begin = publication.course, publication.since or publication.quarter
    end = publication.quarter + QUARTER
    answers = load_answers(course, begin, end)
    moments = moments_of(answers)
    ended = publication.at is not None
    estimates = eligible_estimates.select_at(course, begin, end, moments, now=now, lock=ended)
    return answers_by_skill(
        answers, [each for each in estimates if ended or each.learner.simulated]
    )


def _store_cell(cell: Cell, people: list[LearnerAnswers], floor: Floor) -> None:
    """Store the figures of a skill's week, and everyone counted in them as members."""
    publication = cell.publication
    name = f"{publication.course_id}|{publication.since}|{KIND}|{cell.skill_id}"
    noise = draw_noise(name, {each.learner for each in people if not each.simulated})
    found, counted = make_week_picture(people, floor, noise), select_group(people, floor, noise)
    cell.n = found.n if found else None
    cell.labels = list(found.shares) if found else []
    cell.shares = list(found.shares.values()) if found else []
    cell.right = list(found.right.values()) if found else []
    cell.right_all = found.right_all if found else None
    cell.unsure = found.unsure if found else None
    cell.simulated = bool(found and found.simulated)
    cell.floor = floor.biometric if any(e.biometric for e in people) else floor.people
    cell.save()
    _store_members(cell, counted)


def _store_members(cell: Cell, counted: Iterable[LearnerAnswers]) -> None:
    cell.members.all().delete()
    Member.objects.bulk_create(
        Member(
            cell=cell,
            learner_id=each.learner,
            scopes=list(each.scopes),
            epochs=list(each.scopes.values()),
        )
        for each in counted
    )
