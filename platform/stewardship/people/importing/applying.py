"""Importing the rows of a run in the worker, in batches of one transaction each.

A row that is done says so in its batch, so a worker that was killed is simply followed by another.
A person who was changed since the preview is skipped: the preview showed another change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.http import Http404

from accounts import person_changes
from accounts.digests import digest_email
from accounts.models import Guardianship, User
from accounts.people import make_guardian
from accounts.person_records import CannotChange, PersonRecord, load_record
from privacy.models import Erasure
from stewardship.people.importing.known_people import find_guardians
from stewardship.people.importing.leasing import NotOurs, keep
from stewardship.people.importing.model import IMPORTED, ImportRow, ImportRun
from stewardship.people.importing.records import record_as_json, record_of_json
from stewardship.people.importing.sealing import seal_row, unseal_row, warm_keys
from vault.values import KeyDestroyed

AT_ONCE: Final = 50
UNDO_FOR: Final = timedelta(days=7)


class Skipped(Exception):
    """Why a row is not imported."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def apply(run: ImportRun, now: Callable[[], datetime]) -> None:
    """Import what is left of a run. Raises NotOurs."""
    while _apply_some(run, now()):
        pass
    finish(run, now())


def finish(run: ImportRun, now: datetime, stopped: str = "") -> None:
    """End a run, which can be undone from now on. Raises NotOurs."""
    ends = {"finished_at": now, "ends_at": now + UNDO_FOR, "due_at": None}
    keep(run, now, state="done", stopped=stopped, tries=0, **ends)


def find_steward(run: ImportRun) -> User:
    """Return who started the run. Raises NotOurs where they are no Steward any more."""
    stewards = User.objects.filter(is_active=True, roles__contains=["steward"])
    steward = stewards.filter(code=run.steward).first() if run.steward else None
    if steward is None:
        raise NotOurs
    return steward


@transaction.atomic
def _apply_some(run: ImportRun, now: datetime) -> bool:
    """Import one batch; False where nothing is left."""
    keep(run, now)
    steward = find_steward(run)
    rows = _load_batch(run)
    lock_people([row.person_id for row in rows if row.person_id])
    known = [row.person.code for row in rows if row.person]
    erasing = set(
        Erasure.objects.filter(subject__in=known, scopes__isnull=True).values_list(
            "subject", flat=True
        )
    )
    kept = {
        row.pk: unseal_row(row) for row in rows if not (row.person and row.person.code in erasing)
    }
    warm_keys(
        [row.person.code if row.person else row.pk for row in rows if row.pk in kept], now=now
    )
    counts = {"added": run.added, "updated": run.updated, "skipped": run.skipped}
    for row in rows:
        counts[_apply_row(row, kept.get(row.pk), steward, now)] += 1
    keep(run, now, done=run.done + len(rows), **counts)
    return bool(rows)


def _load_batch(run: ImportRun) -> list[ImportRow]:
    rows = ImportRow.objects.filter(run=run, state="read", kind__in=IMPORTED)
    return list(rows.select_related("person").order_by("turn", "number")[:AT_ONCE])


def lock_people(ids: Sequence[int]) -> None:
    """Lock people and all Stewards in one order, as `lock_row` does for each of them later."""
    rows = User.objects.select_for_update(no_key=True).order_by("pk")
    list(rows.filter(Q(pk__in=ids) | Q(roles__contains=["steward"])).values_list("pk"))


def _apply_row(row: ImportRow, kept: Any, steward: User, now: datetime) -> str:
    """Import one row; return what it counts as."""
    try:
        with transaction.atomic():
            if kept is None:
                raise Skipped("gone")
            _import_row(row, kept, steward, now)
    except Skipped as skipped:
        row.state, row.why = "skipped", skipped.why
    except CannotChange:
        row.state, row.why = "skipped", "changed"
    except (Http404, KeyDestroyed):
        row.state, row.why = "skipped", "gone"
    else:
        row.state = "done"
        row.save(update_fields=["state", "person", "sealed"])
        return "added" if row.kind == "new" else "updated"
    ImportRow.objects.filter(pk=row.pk).update(state=row.state, why=row.why)
    return "skipped"


def _import_row(row: ImportRow, kept: Any, steward: User, now: datetime) -> None:
    """Add or change the person, and keep what undoes it."""
    record = record_of_json(kept["record"])
    undo: dict[str, Any] = {"mark": record.mark(), "before": None, "guardian": None}
    if row.person is None:
        row.person = person_changes.add_person(record, code=row.pk, by=steward, now=now)
    else:
        undo["before"] = record_as_json(_change(row.person, record, kept["mark"], steward, now))
    if kept["guardian"]:
        undo["guardian"] = _add_guardian(row.person, kept["guardian"], steward, now)
    row.sealed = seal_row(row, undo, now=now)


def _change(
    person: User, record: PersonRecord, seen: str, steward: User, now: datetime
) -> PersonRecord:
    """Change a person who still is as the preview saw them; return what was recorded before."""
    before = load_record(person)
    if seen != before.mark():
        raise Skipped("changed")
    person_changes.change_person(person.code, record, seen=seen, by=steward, now=now)
    return before


def _add_guardian(ward: User, email: str, steward: User, now: datetime) -> str | None:
    """Make the bond; return the guardian's code where it is new."""
    guardian = find_guardians([email]).get(digest_email(email))
    if guardian is None or guardian == ward:
        raise Skipped("guardian")
    if Guardianship.objects.filter(guardian=guardian, ward=ward).exists():
        return None
    make_guardian(guardian, ward, actor=steward.code, now=now)
    return str(guardian.code)
