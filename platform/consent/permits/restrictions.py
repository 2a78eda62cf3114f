"""Restricting and objecting: in force with the commit, and taken back by the person alone.

Whoever restricts locks their Grants as a withdrawal does, so each Estimate is wholly before it or
refused after it by its trigger; the gate refuses within the second a Permit may still live (I-2).
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

__all__ = ["KINDS", "OBJECTION", "RESTRICTION", "objecting", "objects", "standing", "switch"]


@transaction.atomic
def switch(person: User, kind: str, *, on: bool, now: datetime) -> bool:
    """Put it in force, or take it back; False where it stood so already."""
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
        _tell(person.code, live, granted=not on)
    return True


def standing(person: User) -> Mapping[str, datetime]:
    """What this person has put in force, and since when."""
    return dict(Restriction.objects.filter(learner=person).values_list("kind", "since"))


def objects(person: User) -> bool:
    """Return whether this person wants nothing offered or chosen by a profile of them."""
    return bool(objecting([person.pk]))


def objecting(learners: Collection[int]) -> set[int]:
    """Which of these people, by primary key, want that."""
    rows = Restriction.objects.filter(learner__in=learners, kind=OBJECTION)
    return set(rows.values_list("learner_id", flat=True))


def _write(person: User, kind: str, *, on: bool, now: datetime) -> bool:
    if not on:
        return bool(Restriction.objects.filter(learner=person, kind=kind).delete()[0])
    _, made = Restriction.objects.get_or_create(learner=person, kind=kind, defaults={"since": now})
    return made


def _tell(subject: UUID, live: list[Grant], *, granted: bool) -> None:
    """Open pages stop their sensors, or may start them again; the Grants stay as they are."""
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
