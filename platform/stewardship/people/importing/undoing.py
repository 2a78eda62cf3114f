"""Undoing an import: people who were added go, people who were updated are as before.

What happened since stays: a person who has signed in or has other data, and an edited record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404

import holdings
from accounts import person_changes
from accounts.models import Guardianship, PasswordLink, StewardNomination, User
from accounts.person_records import CannotChange, load_record
from privacy import erasure
from stewardship.access import is_being_erased
from stewardship.people.importing.applying import Skipped, find_steward, lock_people
from stewardship.people.importing.leasing import keep
from stewardship.people.importing.model import ImportRow, ImportRun
from stewardship.people.importing.records import record_of_json
from stewardship.people.importing.sealing import unseal_row
from vault.values import KeyDestroyed

AT_ONCE: Final = 50
# What every account has, or what an import and a Steward made for it.
OF_THE_ACCOUNT: Final = (User, ImportRow, Guardianship, PasswordLink, StewardNomination)


def undo(run: ImportRun, now: Callable[[], datetime]) -> None:
    """Undo what is left of a run, its last rows first. Raises NotOurs."""
    while rows := _load_batch(run):
        steward, used = find_steward(run), find_used([row.pk for row in rows])
        for row in rows:
            if row.kind == "new":
                _remove(run, row, used, steward, now())
            else:
                _restore(run, row, steward, now())
    keep(run, now(), state="undone", due_at=None, tries=0)


def _load_batch(run: ImportRun) -> list[ImportRow]:
    rows = ImportRow.objects.filter(run=run, state="done").select_related("person")
    return list(rows.order_by("-turn", "number")[:AT_ONCE])


def find_used(codes: Collection[UUID]) -> set[UUID]:
    """Return those of these people who have data beyond their account, in any table."""
    found: set[UUID] = set()
    for holding in holdings.all():
        if holding.subject not in (None, "self") and holding.model not in OF_THE_ACCOUNT:
            path = f"{holding.subject}__code"
            rows = holding.model._base_manager.filter(**{f"{path}__in": codes})
            found.update(rows.values_list(path, flat=True).distinct())
    return found


def _remove(
    run: ImportRun, row: ImportRow, used: Collection[UUID], steward: User, now: datetime
) -> None:
    """Erase a person who was added, on the road of every erasure; a kept one says why."""
    with transaction.atomic():
        keep(run, now, done=run.done + 1)
        lock_people([row.person_id] if row.person_id else [])
        person = User.objects.filter(code=row.pk).first()
        if why := _obstacle(person, used):
            _leave(row, why)
            return
        ImportRow.objects.filter(pk=row.pk).update(state="undone")
        if person is None or is_being_erased(person.code):
            return
        begun = erasure.begin(person.code, actor=steward.code, cause="undo", now=now)
    erasure.go_on(begun.id, now=now)


def _obstacle(person: User | None, used: Collection[UUID]) -> str:
    if person is None:
        return ""
    signed_in = person.last_login is not None or person.has_usable_password()
    return "used" if signed_in or person.code in used or person.wardships.exists() else ""


@transaction.atomic
def _restore(run: ImportRun, row: ImportRow, steward: User, now: datetime) -> None:
    """Put the record before the import back, unless it was edited since."""
    keep(run, now, done=run.done + 1)
    try:
        with transaction.atomic():
            _put_back(row, unseal_row(row), steward, now)
    except Skipped as skipped:
        _leave(row, skipped.why)
    except CannotChange:
        _leave(row, "edited")
    except (Http404, KeyDestroyed):
        _leave(row, "gone")
    else:
        ImportRow.objects.filter(pk=row.pk).update(state="undone")


def _put_back(row: ImportRow, kept: Any, steward: User, now: datetime) -> None:
    person = row.person
    if person is None or is_being_erased(person.code):
        raise Skipped("gone")
    before = record_of_json(kept["before"])
    if load_record(person).mark() != kept["mark"]:
        raise Skipped("edited")
    if "guardian" not in before.roles and person.wardships.exists():
        raise Skipped("used")
    person_changes.change_person(person.code, before, seen=kept["mark"], by=steward, now=now)
    if kept["guardian"]:
        person_changes.end_guardianships(person, by=steward, guardian=UUID(kept["guardian"]))


def _leave(row: ImportRow, why: str) -> None:
    ImportRow.objects.filter(pk=row.pk).update(state="left", why=why)
