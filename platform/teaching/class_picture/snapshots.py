"""Snapshots of the cells of a class picture (I-22).

Real people are counted once, after the quarter of an hour has ended. While it lasts only simulated
people and requests for help are counted. The rows stay locked while the snapshot is stored, so that
a correction or withdrawal comes wholly before or after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from consent.scopes import REPORTS_TEACH
from estimates.group_figures import eligible_estimates
from estimates.group_figures.disclosure import CellFigures
from estimates.group_figures.eligible_estimates import EligibleEstimate
from estimates.group_figures.noise import Noise
from estimates.group_figures.proportions import (
    Floor,
    GroupPerson,
    banded_count,
    make_picture,
    select_countable,
)
from estimates.group_figures.publications import QUARTER, draw_noise, find_last_dispute
from estimates.group_figures.withdrawal import cells_losing_people
from estimates.models import Cell, Member, Publication
from teaching.class_picture import participants
from teaching.class_picture.course_sections import CourseSection
from teaching.class_picture.participants import SectionGroup
from telemetry.models import STUCK, Event


def take_snapshots(publication: Publication, floor: Floor, now: datetime) -> None:
    """Take a snapshot of each section with any people: of affect and reports, then of behaviour.

    No page shows behaviour while a quarter lasts.
    """
    end = now if publication.at is None else publication.quarter + QUARTER
    acts = participants.load_acts(publication.course, publication.quarter, end)
    _snapshot_kind("affect", acts, publication, end, floor, now)
    if publication.at is not None:
        _snapshot_kind("behaviour", [], publication, end, floor, now)


def load_cells(publication: Publication, kind: str) -> dict[CourseSection, Cell]:
    """Return the cells of one kind of a class picture by section, as stored."""
    cells = Cell.objects.filter(publication=publication, kind=kind)
    return {CourseSection(cell.unit_id, cell.chapter, cell.skill_id): cell for cell in cells}


def _snapshot_kind(
    kind: str,
    acts: list[Event],
    publication: Publication,
    end: datetime,
    floor: Floor,
    now: datetime,
) -> None:
    estimates = eligible_estimates.select_estimates(
        publication.course, publication.quarter, end, now=now, kind=kind
    )
    if publication.at is None:
        estimates, acts = _select_for_running(estimates, acts)
    if not estimates and not acts:
        return
    reporters = participants.reporter_ids(acts)
    if estimates or reporters:
        estimates = eligible_estimates.lock_estimates(
            estimates, publication.quarter, end, also_lock=reporters, now=now, kind=kind
        )
        acts = _reload(acts, publication, end)
    last = find_last_dispute(kind)
    cells, leaving = load_cells(publication, kind), cells_losing_people(publication)
    for part, records in participants.group_by_section(estimates, acts, now=now).items():
        cell = cells.get(part) or Cell(
            publication=publication,
            kind=kind,
            unit_id=part.unit,
            chapter=part.chapter,
            skill_id=part.skill,
        )
        if cell.state == "published" and cell.pk not in leaving:
            cell.at, cell.last_dispute = now, last
            name = f"{publication.course_id}|{publication.quarter.isoformat()}|{part}"
            group = participants.unseal_group(records, kind)
            _store_snapshot(cell, group, floor, name if kind == "affect" else f"{name}|{kind}")


def _select_for_running(
    estimates: Iterable[EligibleEstimate], acts: Iterable[Event]
) -> tuple[list[EligibleEstimate], list[Event]]:
    """Return what is counted while a quarter lasts: simulated people, and requests for help."""
    return (
        [each for each in estimates if each.learner.simulated],
        [each for each in acts if each.name == STUCK or each.sitting.learner.simulated],
    )


def _reload(acts: Iterable[Event], publication: Publication, end: datetime) -> list[Event]:
    """Load these acts again: a withdrawal or erasure that held the lock may have removed some."""
    known = {event.pk for event in acts}
    if not known:
        return []
    return [
        e
        for e in participants.load_acts(publication.course, publication.quarter, end)
        if e.pk in known
    ]


def _store_snapshot(cell: Cell, group: SectionGroup, floor: Floor, name: str) -> None:
    """Replace the cell's snapshot, and its members by everyone counted in one of its figures."""
    noise = _noise(name, group.people)
    figures = _count_figures(group, floor, noise, _noise(f"{name}|got_it", group.got_it))
    _fill_cell(cell, figures)
    cell.save()
    cell.members.all().delete()
    _store_members(cell, group, select_countable(group.people, floor, noise), figures)


def _count_figures(group: SectionGroup, floor: Floor, noise: Noise, reports: Noise) -> CellFigures:
    """Count reports among the same kind of people (real or simulated) as the picture.

    "I'm stuck" is a request to the Teacher, who sees the names anyway, so it needs no noise.
    """
    found = make_picture(group.people, floor, noise)
    made_up = found is not None and found.simulated
    return CellFigures(
        found,
        banded_count(group.stuck, floor, simulated=made_up),
        banded_count(group.got_it, floor, simulated=made_up, noise=reports),
        floor.required_for(group.people),
    )


def _noise(name: str, people: Iterable[GroupPerson]) -> Noise:
    return draw_noise(name, {person.learner for person in people if not person.simulated})


def _fill_cell(cell: Cell, figures: CellFigures) -> None:
    shown = figures.picture
    cell.n = shown.n if shown else None
    cell.labels = list(shown.shares) if shown else []
    cell.shares = list(shown.shares.values()) if shown else []
    cell.unsure = shown.unsure if shown else None
    cell.simulated = bool(shown and shown.simulated)
    cell.stuck, cell.got_it, cell.floor = figures.stuck, figures.got_it, figures.floor


def _store_members(
    cell: Cell, group: SectionGroup, counted: Iterable[GroupPerson], figures: CellFigures
) -> None:
    """Store who is counted and under which Grants; those who only asked for help have none."""
    scopes = {person.learner: dict(group.scopes[person.learner]) for person in counted}
    for person in group.stuck if figures.stuck is not None else ():
        if person.simulated == cell.simulated:
            scopes.setdefault(person.learner, {})
    for person in group.got_it if figures.got_it is not None else ():
        if person.simulated == cell.simulated:
            epoch = group.epochs[person.learner]
            scopes.setdefault(person.learner, {})[REPORTS_TEACH] = epoch
    Member.objects.bulk_create(
        Member(cell=cell, learner_id=pk, scopes=list(epochs), epochs=list(epochs.values()))
        for pk, epochs in scopes.items()
    )
