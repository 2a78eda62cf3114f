"""Snapshots of the cells of a class picture, taken so that no two can be subtracted (I-22).

A further snapshot of a cell is taken STAND after the last at the earliest, only where at least
DELTA people add something new to it, and of the people of the last one, or of them and at least
DELTA more: never of one more or one less. What is counted stands still while it is stored, so that
a correction or withdrawal is wholly before or after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q

from estimates.models import Dispute
from teaching.models import Cell, Member, Publication
from teaching.picture import admitting, taking_part
from teaching.picture.noise import Noise, sticky
from teaching.picture.parts import Part
from teaching.picture.shares import Floor, Person, count, picture, shown
from teaching.picture.standing import Shown, read
from teaching.picture.taking_part import Group, Place
from vault import keystore

STAND = timedelta(minutes=5)
DELTA = 5
SENSED = Q(scopes__len__gt=0)


@dataclass(frozen=True, slots=True)
class Due:
    """A part of which a snapshot is due, of `who`; its last one was of the people `before`."""

    part: Part
    place: Place
    cell: Cell | None
    who: Set[int]
    before: Set[int]


def take_due(made: Publication, end: datetime, floor: Floor, now: datetime) -> None:
    """Take what snapshots are due; only then does anybody have to wait for it."""
    made.counted_at = now
    made.save(update_fields=["counted_at", "at"])
    found = admitting.admitted(made.course, made.quarter, end, now=now)
    if not _due(made, taking_part.places(made.course, found, made.quarter, end), now):
        return
    found = admitting.held(found, made.quarter, end, now=now)
    last = Dispute.objects.aggregate(last=Max("id"))["last"] or 0
    for due in _due(made, taking_part.places(made.course, found, made.quarter, end), now):
        _take(made, due, floor, last, now)


def _due(made: Publication, places: Mapping[Part, Place], now: datetime) -> list[Due]:
    """The parts of which a snapshot may be taken."""
    cells = read(made)
    asked = (_snapshot(part, place, cells.get(part), made, now) for part, place in places.items())
    return [due for due in asked if due is not None]


def _snapshot(
    part: Part, place: Place, cell: Cell | None, made: Publication, now: datetime
) -> Due | None:
    """Of whom a snapshot may be taken; None = of nobody, the last one stands (trust.md 5a)."""
    here = place.latest
    if cell and cell.state == "withdrawn":
        return None
    if cell is None or cell.simulated or not _holds_numbers(cell):
        return Due(part, place, cell, set(here), set())
    if made.at is None and now - cell.at < STAND:
        return None
    before = set(cell.members.filter(SENSED).values_list("learner_id", flat=True))
    who = of_whom(before, here, since=cell.at)
    return None if who is None else Due(part, place, cell, who, before)


def of_whom(before: Set[int], here: Mapping[int, datetime], *, since: datetime) -> Set[int] | None:
    """Of whom the next snapshot may be, after one of the people `before`; None = of nobody.

    `here` says when each was last guessed about.
    """
    joined = here.keys() - before
    who = set(here) if len(joined) >= DELTA else before
    new = {person for person in who if person in joined or here.get(person, since) > since}
    return None if len(new) < DELTA or not before <= here.keys() else who


def _holds_numbers(cell: Cell) -> bool:
    return any(number is not None for number in (cell.n, cell.stuck, cell.got_it))


def _take(made: Publication, due: Due, floor: Floor, last_dispute: int, now: datetime) -> None:
    """Store a snapshot in place of the last one, with everybody who is in one of its numbers."""
    group = taking_part.opened(due.place, due.who)
    counted = shown(group.people, floor)
    if not due.before <= {person.learner for person in counted}:
        return
    cell = due.cell or Cell(
        publication=made, unit_id=due.part.unit, chapter=due.part.chapter, skill_id=due.part.skill
    )
    cell.snapshot = due.cell.snapshot + 1 if due.cell else 1
    seen = _shown(group, floor, _noise(made, due.part, cell.snapshot, group))
    cell.at, cell.last_dispute, cell.floor = now, last_dispute, seen.floor
    _put(cell, seen)
    cell.save()
    cell.members.all().delete()
    _keep_members(cell, group, counted, seen)


def _shown(group: Group, floor: Floor, noise: Noise) -> Shown:
    """What people said is counted of the same kind of people as the picture beside it."""
    found = picture(group.people, floor, noise)
    made_up = found is not None and found.simulated
    return Shown(
        found,
        count(group.stuck, floor, simulated=made_up, noise=noise, name="stuck"),
        count(group.got_it, floor, simulated=made_up, noise=noise, name="got_it"),
        floor.of(group.people),
    )


def _noise(made: Publication, part: Part, number: int, group: Group) -> Noise:
    cell = f"{made.course_id}|{made.quarter.isoformat()}|{part}|{number}"
    everybody = (*group.people, *group.stuck, *group.got_it)
    return sticky(keystore.picture_secret(), cell, {person.learner for person in everybody})


def _put(cell: Cell, seen: Shown) -> None:
    found = seen.picture
    cell.n = found.n if found else None
    cell.labels = list(found.shares) if found else []
    cell.shares = list(found.shares.values()) if found else []
    cell.abstain = found.abstain if found else None
    cell.simulated = bool(found and found.simulated)
    cell.stuck, cell.got_it = seen.stuck, seen.got_it


def _keep_members(cell: Cell, group: Group, counted: Iterable[Person], seen: Shown) -> None:
    """Who is sensed in it under their Grants; who is in it only by what they said, without any."""
    scopes = {person.learner: group.scopes[person.learner] for person in counted}
    said = ((group.stuck, seen.stuck), (group.got_it, seen.got_it))
    for people, told in said:
        if told is not None:
            for person in people:
                if person.simulated == cell.simulated:
                    scopes.setdefault(person.learner, {})
    Member.objects.bulk_create(
        Member(cell=cell, learner_id=pk, scopes=list(held), epochs=list(held.values()))
        for pk, held in scopes.items()
    )
