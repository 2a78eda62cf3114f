"""Restriction and objection: in force from the commit on, and lifted only by the person.

Restricting locks the person's Grants, like a withdrawal. So each Estimate is written entirely
before it, or refused after it by its trigger. The gate refuses within the second that a Permit may
still last (I-2).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

import audit
import push
from accounts.models import User
from consent.models import Grant
from consent.permits.models import KINDS, OBJECTION, RESTRICTION, Restriction

__all__ = [
    "KINDS",
    "OBJECTION",
    "RESTRICTION",
    "find_objecting",
    "find_restrictions",
    "has_objected",
    "set_restriction",
]


@transaction.atomic
def set_restriction(person: User, kind: str, *, on: bool, now: datetime) -> bool:
    """Set or lift it; return False if nothing changed."""
    if kind not in KINDS:
        raise ValueError(f"expected one of {KINDS}, got {kind!r}")
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    rows = Grant.objects.select_for_update().filter(learner=person, live=True)
    live = list(rows.order_by("learner", "scope"))
    if not _write(person, kind, on=on, now=now):
        return False
    verb = "restriction.set" if on else "restriction.lift"
    audit.record(verb, actor=person.code, subject=person.code, public={"kind": kind})
    if kind == RESTRICTION:
        _announce(person.code, live, granted=not on)
    return True


def find_restrictions(person: User) -> Mapping[str, datetime]:
    """Return the restrictions in force, and since when."""
    return dict(Restriction.objects.filter(learner=person).values_list("kind", "since"))


def has_objected(person: User) -> bool:
    """Return whether this person objects to offers and choices by a profile."""
    return bool(find_objecting([person.pk]))


def find_objecting(learners: Collection[int]) -> set[int]:
    """Return which of these people, by primary key, object."""
    rows = Restriction.objects.filter(learner__in=learners, kind=OBJECTION)
    return set(rows.values_list("learner_id", flat=True))


def _write(person: User, kind: str, *, on: bool, now: datetime) -> bool:
    if not on:
        return bool(Restriction.objects.filter(learner=person, kind=kind).delete()[0])
    _, made = Restriction.objects.get_or_create(learner=person, kind=kind, defaults={"since": now})
    return made


def _announce(subject: UUID, live: list[Grant], *, granted: bool) -> None:
    """Notify open pages: they stop their sensors or may restart them; the Grants do not change."""
    for row in live:
        push.notify(
            f"learner.{subject}",
            {
                "type": "consent.changed",
                "scope": row.scope,
                "granted": granted,
                "epoch": row.epoch,
            },
        )
