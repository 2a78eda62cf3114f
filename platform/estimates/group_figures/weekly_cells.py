"""Publish states and results once per course, week and audience, as cells of figures.

Real people are counted once, when the week has ended (Monday, UTC). Until then only simulated
people are counted. The cells are withdrawn with the others of their course and audience (ADR 0031).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from courses.models import Course
from estimates.group_figures import disclosure, eligible_estimates, publications
from estimates.group_figures.answer_moments import answers_by_skill, load_answers, moments_of
from estimates.group_figures.proportions import Floor
from estimates.group_figures.publications import (
    GRACE,
    QUARTER,
    Span,
    draw_noise,
    find_last_dispute,
)
from estimates.group_figures.week_figures import (
    LearnerAnswers,
    make_week_picture,
    select_group,
)
from estimates.group_figures.withdrawal import cells_losing_people
from estimates.models import Cell, Member, Publication
from estimates.models.group_figures import TEACH
from telemetry.models import Sitting

KIND: Final = "results"
WEEK: Final = timedelta(days=7)
RECOUNT: Final = timedelta(minutes=5)


def week_of(now: datetime) -> datetime:
    """Return the start of the week that contains `now`: Monday 00:00 UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _span_of(course: Course, audience: str, begin: datetime) -> Span:
    """Return the week of this course that begins at `begin`."""
    return Span(course, begin + WEEK - QUARTER, since=begin, audience=audience)


def publish_due(courses: QuerySet[Course], audience: str, now: datetime) -> int:
    """Publish the week that ended last, for each of these courses active in it; return how many."""
    floor = disclosure.current_floor(audience)
    if floor is None:
        return 0
    begin = week_of(now - GRACE) - WEEK
    done = Publication.objects.filter(audience=audience, since=begin, at__isnull=False)
    alive = Sitting.objects.filter(active_at__gte=begin, began_at__lt=begin + WEEK)
    due = courses.filter(pk__in=alive.values("unit__course")).exclude(pk__in=done.values("course"))
    weeks = [_span_of(course, audience, begin) for course in due]
    event = "state_results.unpublished"
    return sum(publications.publish_or_log(week, _count, floor, now, event) for week in weeks)


def load_running(course: Course, *, now: datetime) -> Publication | None:
    """Return the Teachers' week so far, of simulated people; None if the site allows none."""
    floor = disclosure.current_floor(TEACH)
    if floor is None:
        return None
    week = _span_of(course, TEACH, week_of(now))
    return publications.refresh(week, _count, floor, now, RECOUNT)


def _count(publication: Publication, floor: Floor, now: datetime) -> None:
    """Store the cell of each skill with answers and Estimates; real people only at the end."""
    cells = {cell.skill_id: cell for cell in publication.cells.filter(kind=KIND)}
    leaving, last = cells_losing_people(publication), find_last_dispute("affect")
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
    estimates = eligible_estimates.select_at(
        course, begin, end, moments, now=now, audience=publication.audience, lock=ended
    )
    return answers_by_skill(
        answers, [each for each in estimates if ended or each.learner.simulated]
    )


def _store_cell(cell: Cell, people: list[LearnerAnswers], floor: Floor) -> None:
    """Store the figures of a skill's week, and everyone counted in them as members."""
    noise = draw_noise(_noise_name(cell), {each.learner for each in people if not each.simulated})
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


def _noise_name(cell: Cell) -> str:
    """Return a name of its own for each audience: one draw in two figures would cancel out."""
    of = cell.publication
    return f"{of.course_id}|{of.since}|{KIND}|{cell.skill_id}|{of.audience}"


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
