"""Import the rows of a run in the worker, in batches of one transaction each.

A finished row is marked in its batch, so another worker can continue after one that was killed. A
person who was changed since the preview is skipped, because the preview showed another change.
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
from stewardship.people.imports.changes.undo_data import NO_DIGESTS, make_undo_data, mark_done
from stewardship.people.imports.encryption import seal_row, unseal_row
from stewardship.people.imports.lease import NoSteward, store_progress
from stewardship.people.imports.models import IMPORTED_KINDS, UNDO_FOR, ImportRow, ImportRun
from stewardship.people.imports.person_record import record_as_json, record_from_json
from stewardship.people.imports.preview.course_names import join_courses
from stewardship.people.imports.preview.known_people import find_guardians
from vault.sealed_values import KeyDestroyed

BATCH_SIZE: Final = 200
# Columns written when a row is finished: its state, its person, and its undo data.
DONE_COLUMNS: Final = ("state", "person", "guardian", "sealed", *NO_DIGESTS)


class SkippedRow(Exception):
    """The reason why a row is not imported."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def import_rows(run: ImportRun, now: Callable[[], datetime]) -> None:
    """Import the remaining rows of a run. Raises RunTaken, NoSteward."""
    while _import_batch(run, now()):
        pass
    at = now()
    ends = {"finished_at": at, "ends_at": at + UNDO_FOR, "due_at": None}
    store_progress(run, at, state="done", tries=0, tries_before=0, **ends)


def find_steward(run: ImportRun) -> User:
    """Return the person who started the run. Raises NoSteward if they are no longer a Steward."""
    stewards = User.objects.filter(is_active=True, roles__contains=["steward"])
    steward = stewards.filter(code=run.steward).first() if run.steward else None
    if steward is None:
        raise NoSteward
    return steward


def _import_batch(run: ImportRun, now: datetime) -> bool:
    """Import one batch; return False if nothing is left."""
    rows = _import_batch_rows(run, now)
    # These keys belong to people who were not added after all.
    destroy_keys([row.pk for row in rows if row.kind == "new" and row.state == "skipped"])
    return bool(rows)


@transaction.atomic
def _import_batch_rows(run: ImportRun, now: datetime) -> list[ImportRow]:
    store_progress(run, now)
    steward = find_steward(run)
    rows = _load_batch(run)
    lock_people([row.person_id for row in rows if row.person_id])
    known = [row.person.code for row in rows if row.person]
    erasing = set(
        Erasure.objects.filter(subject__in=known, scopes__isnull=True).values_list(
            "subject", flat=True
        )
    )
    unsealed = {
        row.pk: unseal_row(row) for row in rows if not (row.person and row.person.code in erasing)
    }
    make_keys(
        [row.person.code if row.person else row.pk for row in rows if row.pk in unsealed],
        now=now,
    )
    counts = {"added": run.added, "updated": run.updated, "skipped": run.skipped}
    added_together = add_together(rows, unsealed, steward, now)
    counts["added"] += len(added_together)
    invited = [row.person for row in rows if row.pk in added_together]
    for row in rows:
        if row.pk not in added_together:
            counted = _try_row(row, unsealed.get(row.pk), steward, now)
            counts[counted] += 1
            invited += [row.person] if counted == "added" else []
    if run.invites:
        link_mails.mail_invitations([person for person in invited if person], by=steward, now=now)
    store_progress(run, now, done=run.done + len(rows), tries_before=run.tries, **counts)
    return rows


def _load_batch(run: ImportRun) -> list[ImportRow]:
    """Return the next rows, all of one turn, so that guardians are stored before their wards."""
    rows = ImportRow.objects.filter(run=run, state="read", kind__in=IMPORTED_KINDS)
    found = list(rows.select_related("person").order_by("turn", "number")[:BATCH_SIZE])
    return [row for row in found if row.turn == found[0].turn]


def _try_row(row: ImportRow, kept: Any, steward: User, now: datetime) -> str:
    """Import one row; return the counter it adds to."""
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
    """Add or change the person, and store the undo data."""
    record = record_from_json(kept["record"])
    before, ended, guardian = None, [], None
    if row.person is None:
        row.person = person_changes.add_person(record, code=row.pk, by=steward, now=now)
    else:
        ended = _codes_of_guardians(row.person) if record.age_band == "adult" else []
        before = record_as_json(_change_person(row.person, record, kept["mark"], steward, now))
    if kept["guardian"]:
        guardian = _add_guardian(row.person, kept["guardian"], steward, now)
    joined = join_courses(row.person, kept["courses"], by=steward, now=now)
    undo = make_undo_data(
        record.mark(), guardian=guardian, before=before, ended=ended, enrolments=joined
    )
    row.sealed = seal_row(row, undo, now=now)


def _codes_of_guardians(ward: User) -> list[str]:
    """Return the codes of guardians whose guardianships end with the 18th birthday."""
    codes = Guardianship.objects.filter(ward=ward).values_list("guardian__code", flat=True)
    return sorted(str(code) for code in codes)


def _change_person(
    person: User, record: PersonRecord, seen: str, steward: User, now: datetime
) -> PersonRecord:
    """Change a person who is unchanged since the preview; return the record before."""
    before = load_record(person)
    if seen != before.mark():
        raise SkippedRow("changed")
    person_changes.change_person(person.code, record, seen=seen, by=steward, now=now)
    return before


def _add_guardian(ward: User, email: str, steward: User, now: datetime) -> User | None:
    """Create the guardianship; return the guardian if it is new."""
    guardian = find_guardians([email]).get(digest_email(email))
    if guardian is None or guardian == ward:
        raise SkippedRow("guardian")
    if Guardianship.objects.filter(guardian=guardian, ward=ward).exists():
        return None
    make_guardian(guardian, ward, actor=steward.code, now=now)
    return guardian
