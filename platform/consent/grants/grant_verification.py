"""Verification that every Grant equals the replay of its events (I-6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from consent.grants.grant_reducer import GrantState, fold_events
from consent.models import ConsentEvent, Grant

GrantKey = tuple[int, str]
Differing = list[tuple[GrantKey, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class GrantDifference:
    """A Grant that differs from its events; `what` names columns, never their values.

    `person` is their code; for events of a deleted account, its number.
    """

    person: UUID | int
    scope: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantCheck:
    grants: int
    events: int
    differences: tuple[GrantDifference, ...]


def check_grants() -> GrantCheck:
    """Replay every history and compare it with the table.

    Grants change while this reads, so each difference is checked again under the person's lock.
    """
    suspects = {learner for (learner, _), _ in find_differences(Q())}
    found = {
        place: what for learner in sorted(suspects) for place, what in _find_again_locked(learner)
    }
    codes = dict(User.objects.filter(pk__in=suspects).values_list("pk", "code"))
    differences = tuple(
        GrantDifference(codes.get(learner, learner), scope, what)
        for (learner, scope), what in sorted(found.items())
    )
    return GrantCheck(Grant.objects.count(), ConsentEvent.objects.count(), differences)


def _find_again_locked(learner: int) -> Differing:
    with transaction.atomic():
        list(User.objects.select_for_update(no_key=True).filter(pk=learner))
        return find_differences(Q(learner=learner))


def find_differences(whose: Q) -> Differing:
    events = ConsentEvent.objects.filter(whose).order_by("learner", "scope", "epoch")
    folded = dict(_fold_histories(events.iterator()))
    grants = Grant.objects.filter(whose).iterator()
    rows = {(row.learner_id, row.scope): GrantState.from_row(row) for row in grants}
    none = GrantState()
    differing = (
        (place, _compare(rows.get(place, none), folded.get(place, none)))
        for place in {*rows, *folded}
    )
    return [(place, what) for place, what in differing if what]


def _fold_histories(events: Iterable[ConsentEvent]) -> Iterator[tuple[GrantKey, GrantState | str]]:
    for key, group in groupby(events, key=lambda event: (event.learner_id, event.scope)):
        try:
            yield key, fold_events(group)
        except ValueError as error:
            yield key, str(error)


def _compare(row: GrantState, folded: GrantState | str) -> tuple[str, ...]:
    if isinstance(folded, str):
        return (folded,)
    stored, replayed = asdict(row), asdict(folded)
    return tuple(name for name, value in stored.items() if value != replayed[name])
