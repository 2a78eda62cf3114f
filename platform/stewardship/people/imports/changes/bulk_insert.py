"""Add the new people of a batch together, with one statement per table.

Rows that cannot be added this way are imported one by one, which reports why each one is skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.keyed_hash import digest_email
from accounts.models import User
from accounts.people_import.bulk_create import NOMINATED, PersonToAdd, add_people, find_free
from stewardship.people.imports.changes.undo_data import NO_DIGESTS, make_undo_data, mark_done
from stewardship.people.imports.encryption import seal_row
from stewardship.people.imports.models import OTHER, ImportRow
from stewardship.people.imports.person_record import record_from_json
from stewardship.people.imports.preview.known_people import find_guardians

# Sealed values of a simple new person. A row with courses is imported by itself.
KNOWN: Final = {"problem", "cells", "name", "record", "fields", "mark", "guardian", "notes"}


class RowsChanged(Exception):
    """Rows of the batch were deleted after they were loaded, for example by an erasure."""


def add_together(
    rows: Sequence[ImportRow], kept: Mapping[UUID, Any], steward: User, now: datetime
) -> set[UUID]:
    """Add the new people of these rows of one turn; return the ids of the finished rows.

    `kept`: the sealed values of the rows, by id; a row that is missing there is not imported.
    """
    new = [row for row in rows if row.kind == "new" and _is_plain(kept.get(row.pk))]
    people = _find_addable(new, kept)
    done = [row for row in new if row.pk in people]
    if not done:
        return set()
    try:
        with transaction.atomic():
            added = add_people([people[row.pk] for row in done], by=steward, now=now)
            _finish(done, added, people, now)
    except (IntegrityError, RowsChanged):
        for row in done:
            row.person = None
        return set()
    return {row.pk for row in done}


def _is_plain(kept: Any) -> bool:
    return kept is not None and not any(kept[name] for name in set(kept) - KNOWN)


def _find_addable(rows: Sequence[ImportRow], kept: Mapping[UUID, Any]) -> dict[UUID, PersonToAdd]:
    """Return people who can be added without further checks, by row id."""
    records = [record_from_json(kept[row.pk]["record"]) for row in rows]
    emails = [kept[row.pk]["guardian"] for row in rows if kept[row.pk]["guardian"]]
    guardians = find_guardians(emails) if emails else {}
    addable = {}
    free = find_free([record.identity for record in records])
    for row, record, is_free in zip(rows, records, free, strict=True):
        email = kept[row.pk]["guardian"]
        guardian = guardians.get(digest_email(email)) if email else None
        # A guardian's own guardian may be among these rows.
        is_known = not email or (guardian is not None and row.turn == OTHER)
        if is_free and is_known and NOMINATED not in record.roles:
            addable[row.pk] = PersonToAdd(row.pk, record, guardian)
    return addable


def _finish(
    rows: Sequence[ImportRow],
    added: Sequence[User],
    people: Mapping[UUID, PersonToAdd],
    now: datetime,
) -> None:
    """Mark rows as finished and store their undo data. Raises RowsChanged."""
    waiting = ImportRow.objects.filter(pk__in=[row.pk for row in rows], state="read")
    # This also locks the rows, so that the second statement inserts none.
    if waiting.update(state="done", guardian=None, **NO_DIGESTS) != len(rows):
        raise RowsChanged
    for row, person in zip(rows, added, strict=True):
        mark_done(row)
        row.person, to_add = person, people[row.pk]
        row.sealed = seal_row(
            row, make_undo_data(to_add.record.mark(), guardian=to_add.guardian), now=now
        )
    ImportRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=["person", "sealed"]
    )
