"""Importing the rows of a run in the worker, in batches of one transaction each.

A row that is done says so in its batch, so a worker that was killed is simply followed by another.
A person who was changed since the preview is skipped: the preview showed another change.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.http import Http404

from accounts.administration import person_changes
from accounts.administration.person_records import (
    CannotChange,
    PersonRecord,
    load_record,
    lock_people,
)
from accounts.identity import destroy_keys, make_keys
from accounts.keyed_hash import digest_email
from accounts.mail import link_mails
from accounts.models import Guardianship, User
from accounts.people import make_guardian
from privacy.models import Erasure
from stewardship.people.imports.changes.bulk_insert import add_together
from stewardship.people.imports.changes.undo_data import NO_DIGESTS, mark_done, undo_of
from stewardship.people.imports.encryption import seal_row, unseal_row
from stewardship.people.imports.lease import NoSteward, keep
from stewardship.people.imports.models import IMPORTED_KINDS, UNDO_FOR, ImportRow, ImportRun
from stewardship.people.imports.person_record import record_as_json, record_of_json
from stewardship.people.imports.preview.course_names import join_courses
from stewardship.people.imports.preview.known_people import find_guardians
from vault.sealed_values import KeyDestroyed

AT_ONCE: Final = 200
# What is written once a row is done: its state, its person, and what undoes it.
DONE_COLUMNS: Final = ("state", "person", "guardian", "sealed", *NO_DIGESTS)


class SkippedRow(Exception):
    """Why a row is not imported."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def apply(run: ImportRun, now: Callable[[], datetime]) -> None:
    """Import what is left of a run. Raises NotOurs, NoSteward."""
    while _apply_some(run, now()):
        pass
    at = now()
    ends = {"finished_at": at, "ends_at": at + UNDO_FOR, "due_at": None}
    keep(run, at, state="done", tries=0, tries_before=0, **ends)


def find_steward(run: ImportRun) -> User:
    """Return who started the run. Raises NoSteward where they are no Steward any more."""
    stewards = User.objects.filter(is_active=True, roles__contains=["steward"])
    steward = stewards.filter(code=run.steward).first() if run.steward else None
    if steward is None:
        raise NoSteward
    return steward


def _apply_some(run: ImportRun, now: datetime) -> bool:
    """Import one batch; False where nothing is left."""
    rows = _apply_batch(run, now)
    # Of people who were not added after all.
    destroy_keys([row.pk for row in rows if row.kind == "new" and row.state == "skipped"])
    return bool(rows)


@transaction.atomic
def _apply_batch(run: ImportRun, now: datetime) -> list[ImportRow]:
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
    make_keys(
        [row.person.code if row.person else row.pk for row in rows if row.pk in kept], now=now
    )
    counts = {"added": run.added, "updated": run.updated, "skipped": run.skipped}
    together = add_together(rows, kept, steward, now)
    counts["added"] += len(together)
    invited = [row.person for row in rows if row.pk in together]
    for row in rows:
        if row.pk not in together:
            counted = _apply_row(row, kept.get(row.pk), steward, now)
            counts[counted] += 1
            invited += [row.person] if counted == "added" else []
    if run.invites:
        link_mails.mail_invitations([person for person in invited if person], by=steward, now=now)
    keep(run, now, done=run.done + len(rows), tries_before=run.tries, **counts)
    return rows


def _load_batch(run: ImportRun) -> list[ImportRow]:
    """Return the next rows, all of one turn: guardians are stored before their wards look."""
    rows = ImportRow.objects.filter(run=run, state="read", kind__in=IMPORTED_KINDS)
    found = list(rows.select_related("person").order_by("turn", "number")[:AT_ONCE])
    return [row for row in found if row.turn == found[0].turn]


def _apply_row(row: ImportRow, kept: Any, steward: User, now: datetime) -> str:
    """Import one row; return what it counts as."""
    try:
        with transaction.atomic():
            if kept is None:
                raise SkippedRow("gone")
            _import_row(row, kept, steward, now)
    except SkippedRow as skipped:
        row.state, row.why = "skipped", skipped.why
    except CannotChange:
        row.state, row.why = "skipped", "changed"
    except (Http404, KeyDestroyed):
        row.state, row.why = "skipped", "gone"
    else:
        mark_done(row)
        row.save(update_fields=DONE_COLUMNS)
        return "added" if row.kind == "new" else "updated"
    ImportRow.objects.filter(pk=row.pk).update(state=row.state, why=row.why)
    return "skipped"


def _import_row(row: ImportRow, kept: Any, steward: User, now: datetime) -> None:
    """Add or change the person, and keep what undoes it."""
    record = record_of_json(kept["record"])
    before, ended, guardian = None, [], None
    if row.person is None:
        row.person = person_changes.add_person(record, code=row.pk, by=steward, now=now)
    else:
        ended = _codes_of_guardians(row.person) if record.age_band == "adult" else []
        before = record_as_json(_change(row.person, record, kept["mark"], steward, now))
    if kept["guardian"]:
        guardian = _add_guardian(row.person, kept["guardian"], steward, now)
    joined = join_courses(row.person, kept["courses"], by=steward, now=now)
    undo = undo_of(record.mark(), guardian=guardian, before=before, ended=ended, enrolments=joined)
    row.sealed = seal_row(row, undo, now=now)


def _codes_of_guardians(ward: User) -> list[str]:
    """Return whose guardianships end with an 18th birthday."""
    codes = Guardianship.objects.filter(ward=ward).values_list("guardian__code", flat=True)
    return sorted(str(code) for code in codes)


def _change(
    person: User, record: PersonRecord, seen: str, steward: User, now: datetime
) -> PersonRecord:
    """Change a person who still is as the preview saw them; return what was recorded before."""
    before = load_record(person)
    if seen != before.mark():
        raise SkippedRow("changed")
    person_changes.change_person(person.code, record, seen=seen, by=steward, now=now)
    return before


def _add_guardian(ward: User, email: str, steward: User, now: datetime) -> User | None:
    """Make the bond; return the guardian where it is new."""
    guardian = find_guardians([email]).get(digest_email(email))
    if guardian is None or guardian == ward:
        raise SkippedRow("guardian")
    if Guardianship.objects.filter(guardian=guardian, ward=ward).exists():
        return None
    make_guardian(guardian, ward, actor=steward.code, now=now)
    return guardian
