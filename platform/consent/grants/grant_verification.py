"""Return whether every Grant is what its events make of it, and where it is not (I-6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from consent.grants.grant_reducer import State, fold
from consent.models import ConsentEvent, Grant

Place = tuple[int, str]
Differing = list[tuple[Place, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One Grant that is not the fold of its events; `what` names columns, never what stands there.

    `person` is their code; for events that nobody owns any more, their number.
    """

    person: UUID | int
    scope: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    grants: int
    events: int
    differences: tuple[Difference, ...]


def check() -> Checked:
    """Fold every history and hold it against the table.

    Grants change while this reads; what seems to differ is looked at again under the person's lock.
    """
    suspects = {learner for (learner, _), _ in look(Q())}
    found = {place: what for learner in sorted(suspects) for place, what in _look_again(learner)}
    codes = dict(User.objects.filter(pk__in=suspects).values_list("pk", "code"))
    differences = tuple(
        Difference(codes.get(learner, learner), scope, what)
        for (learner, scope), what in sorted(found.items())
    )
    return Checked(Grant.objects.count(), ConsentEvent.objects.count(), differences)


def _look_again(learner: int) -> Differing:
    with transaction.atomic():
        list(User.objects.select_for_update(no_key=True).filter(pk=learner))
        return look(Q(learner=learner))


def look(whose: Q) -> Differing:
    events = ConsentEvent.objects.filter(whose).order_by("learner", "scope", "epoch")
    folded = dict(_folded(events.iterator()))
    grants = Grant.objects.filter(whose).iterator()
    rows = {(row.learner_id, row.scope): State.of(row) for row in grants}
    none = State()
    differing = (
        (place, _differs(rows.get(place, none), folded.get(place, none)))
        for place in {*rows, *folded}
    )
    return [(place, what) for place, what in differing if what]


def _folded(events: Iterable[ConsentEvent]) -> Iterator[tuple[Place, State | str]]:
    for key, group in groupby(events, key=lambda event: (event.learner_id, event.scope)):
        try:
            yield key, fold(group)
        except ValueError as error:
            yield key, str(error)


def _differs(row: State, folded: State | str) -> tuple[str, ...]:
    if isinstance(folded, str):
        return (folded,)
    stored, told = asdict(row), asdict(folded)
    return tuple(name for name, value in stored.items() if value != told[name])
