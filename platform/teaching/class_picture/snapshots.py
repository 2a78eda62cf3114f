"""Snapshots of the cells of a class picture (I-22).

Of real people one is taken, once their quarter of an hour has ended. While it lasts only simulated
people are counted, and requests for help. The rows are locked while they are stored, so that a
correction or withdrawal comes wholly before or after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from consent.scopes import REPORTS_TEACH
from estimates.models import Dispute
from teaching.class_picture import eligible_estimates, participants
from teaching.class_picture.current_cells import cells_losing_people, load_cells
from teaching.class_picture.eligible_estimates import Admitted
from teaching.class_picture.noise import Noise, sticky
from teaching.class_picture.participants import Group
from teaching.class_picture.proportions import Floor, Person, count, picture, shown
from teaching.disclosure import CellFigures
from teaching.models import Cell, Member, Publication
from telemetry.models import STUCK, Event
from vault import keystore


def take_due(made: Publication, end: datetime, floor: Floor, now: datetime) -> None:
    """Take a snapshot of each part in which there is somebody."""
    made.counted_at = now
    made.save(update_fields=["counted_at", "at"])
    found = eligible_estimates.admitted(made.course, made.quarter, end, now=now)
    acts = participants.load_acts(made.course, made.quarter, end)
    if made.at is None:
        found, acts = _select_for_running(found, acts)
    if not found and not acts:
        return
    beside = participants.reporters(acts)
    if found or beside:
        found = eligible_estimates.held(found, made.quarter, end, beside=beside, now=now)
        acts = _reload(acts, made, end)
    last = Dispute.objects.aggregate(last=Max("id"))["last"] or 0
    cells, leaving = load_cells(made), cells_losing_people()
    for part, place in participants.places(found, acts, now=now).items():
        cell = cells.get(part) or Cell(
            publication=made, unit_id=part.unit, chapter=part.chapter, skill_id=part.skill
        )
        if cell.state == "published" and cell.pk not in leaving:
            cell.at, cell.last_dispute = now, last
            name = f"{made.course_id}|{made.quarter.isoformat()}|{part}"
            _take(cell, participants.opened(place), floor, name)


def _select_for_running(
    found: Iterable[Admitted], acts: Iterable[Event]
) -> tuple[list[Admitted], list[Event]]:
    """Return what is counted while a quarter lasts: simulated people, and requests for help."""
    return (
        [each for each in found if each.learner.simulated],
        [each for each in acts if each.name == STUCK or each.sitting.learner.simulated],
    )


def _reload(acts: Iterable[Event], made: Publication, end: datetime) -> list[Event]:
    """Load these acts again: a withdrawal or erasure that was waited for may have taken some."""
    known = {event.pk for event in acts}
    return [e for e in participants.load_acts(made.course, made.quarter, end) if e.pk in known]


def _take(cell: Cell, group: Group, floor: Floor, name: str) -> None:
    """Store a snapshot in place of the last one, with everybody who is in one of its numbers."""
    noise = _noise(name, group.people)
    seen = _shown(group, floor, noise, _noise(f"{name}|got_it", group.got_it))
    _put(cell, seen)
    cell.save()
    cell.members.all().delete()
    _keep_members(cell, group, shown(group.people, floor, noise), seen)


def _shown(group: Group, floor: Floor, noise: Noise, reports: Noise) -> CellFigures:
    """What people said is counted of the same kind of people as the picture beside it.

    "I'm stuck" is a request to the Teacher, who sees by name who asks, so it needs no noise.
    """
    found = picture(group.people, floor, noise)
    made_up = found is not None and found.simulated
    return CellFigures(
        found,
        count(group.stuck, floor, simulated=made_up),
        count(group.got_it, floor, simulated=made_up, noise=reports),
        floor.of(group.people),
    )


def _noise(name: str, people: Iterable[Person]) -> Noise:
    who = {person.learner for person in people if not person.simulated}
    return sticky(keystore.picture_secret(), name, who)


def _put(cell: Cell, seen: CellFigures) -> None:
    found = seen.picture
    cell.n = found.n if found else None
    cell.labels = list(found.shares) if found else []
    cell.shares = list(found.shares.values()) if found else []
    cell.unsure = found.unsure if found else None
    cell.simulated = bool(found and found.simulated)
    cell.stuck, cell.got_it, cell.floor = seen.stuck, seen.got_it, seen.floor


def _keep_members(cell: Cell, group: Group, counted: Iterable[Person], seen: CellFigures) -> None:
    """Who is in it under which Grants; who is in it only because they asked for help, without."""
    scopes = {person.learner: dict(group.scopes[person.learner]) for person in counted}
    for person in group.stuck if seen.stuck is not None else ():
        if person.simulated == cell.simulated:
            scopes.setdefault(person.learner, {})
    for person in group.got_it if seen.got_it is not None else ():
        if person.simulated == cell.simulated:
            epoch = group.epochs[person.learner]
            scopes.setdefault(person.learner, {})[REPORTS_TEACH] = epoch
    Member.objects.bulk_create(
        Member(cell=cell, learner_id=pk, scopes=list(held), epochs=list(held.values()))
        for pk, held in scopes.items()
    )
