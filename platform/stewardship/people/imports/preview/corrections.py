"""Correct a row of a preview, or leave it out, and compare its dependent rows again.

If the whole file depends on it, the worker reads it again, as after selecting the order of dates.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as lazy

from accounts.administration.person_records import lock_people
from accounts.keyed_hash import keyed_digest
from accounts.models import User
from accounts.people_import.csv_reader import clean_cell
from accounts.site import site_facts
from stewardship.access import is_being_erased
from stewardship.people.imports.encryption import seal_row, unseal_of_run, unseal_row
from stewardship.people.imports.files.packed_rows import NumberedCells
from stewardship.people.imports.files.row_parser import RowReader
from stewardship.people.imports.files.row_problems import SENTENCES
from stewardship.people.imports.models import NAMED_GUARDIAN, ImportRow, ImportRun
from stewardship.people.imports.preview.builder import rows_in_list, start_comparison
from stewardship.people.imports.preview.dependent_rows import TooManyRows, load_dependent
from stewardship.people.imports.preview.stored_rows import (
    count_dates,
    count_row,
    find_order_in,
    store_rows,
)
from stewardship.people.imports.requests import CannotImport, lock_run, queue_work, record_act
from vault.sealed_values import KeyDestroyed

CHANGED: Final = lazy("This row was changed in the meantime. It now reads as below.")
BEGUN: Final = lazy("The import has started. Its rows can no longer be corrected.")
BEING_READ: Final = lazy("The rows are being checked. Wait until the check is finished.")
CLOSED: Final = lazy("This import is closed. Upload the file again.")
_REFUSALS: Final = {"reading": BEING_READ, "ending": CLOSED, "ended": CLOSED, "failed": CLOSED}
_LEFT_OUT: Final = {
    "problem": None,
    "record": None,
    "fields": [],
    "courses": [],
    "notes": [{"key": "left_by_steward", "args": {}}],
}


class RowHasChanged(CannotImport):
    """The row is not as the Steward saw it."""


def check_preview(run: ImportRun) -> None:
    """Refuse actions that only a preview allows. Raises CannotImport."""
    if run.state != "ready":
        raise CannotImport(_REFUSALS.get(run.state, BEGUN))


def load_row(run: ImportRun, number: int) -> tuple[ImportRow, dict[str, Any]]:
    """Return a row of the file and its sealed values. Raises Http404, CannotImport."""
    rows = run.rows.exclude(turn=NAMED_GUARDIAN).select_related("person")
    row = rows.filter(number=number).first()
    if row is None:
        raise Http404
    try:
        kept = unseal_row(row)
    except KeyDestroyed:
        kept = {}
    if "cells" not in kept:
        raise CannotImport(SENTENCES["erasing"])
    return row, kept


def make_mark(row: ImportRow, kept: Mapping[str, Any]) -> str:
    """Return a keyed digest of a row, with which a form detects that it is out of date."""
    return keyed_digest("import-row", json.dumps([row.why, kept["cells"]]))


@transaction.atomic
def correct(
    id: UUID, number: int, typed: Mapping[str, str], *, seen: str, by: User, now: datetime
) -> None:
    """Store the typed cells of a row, by column, and check it. Raises CannotImport."""
    run = _lock_preview(id, now)
    row, kept = _load_seen(run, number, seen)
    columns = unseal_of_run(run, "head_sealed")["columns"]
    before = kept["cells"]
    after = [
        clean_cell(typed[name]) if name in typed else cell
        for name, cell in zip(columns, before, strict=True)
    ]
    was_listed, row.why = row.why == "", ""
    row.sealed = seal_row(row, {**kept, "cells": after}, now=now)
    row.save(update_fields=["why", "sealed"])
    record_act("correct", run, by, 1)
    dates = Counter(run.tally)
    dates.subtract(count_dates(columns, [(number, before)] if was_listed else []))
    dates.update(count_dates(columns, [(number, after)]))
    _compare_again(run, columns, (number, before), dates, now)


@transaction.atomic
def leave_out(id: UUID, number: int, *, seen: str, by: User, now: datetime) -> None:
    """Leave a row out of the import until it is saved again. Raises CannotImport."""
    run = _lock_preview(id, now)
    row, kept = _load_seen(run, number, seen)
    if row.why:
        return
    columns, cells = unseal_of_run(run, "head_sealed")["columns"], kept["cells"]
    tally = Counter(run.tally)
    tally.subtract(count_row(row, kept))
    tally.subtract(count_dates(columns, [(number, cells)]))
    kept |= _LEFT_OUT
    row.kind, row.why, row.noted = "left", "steward", True
    row.sealed = seal_row(row, kept, now=now)
    row.save(update_fields=["kind", "why", "noted", "sealed"])
    tally.update(count_row(row, kept))
    record_act("leave_out", run, by, 1)
    _compare_again(run, columns, (number, cells), tally, now)


def _lock_preview(id: UUID, now: datetime) -> ImportRun:
    run = lock_run(id)
    check_preview(run)
    if run.ends_at <= now:
        raise CannotImport(CLOSED)
    return run


def _load_seen(run: ImportRun, number: int, seen: str) -> tuple[ImportRow, dict[str, Any]]:
    """Return a row that is unchanged since the Steward saw it.

    The person is locked first and then the row, in the same order as an import does. So no erasure
    begins before the row is sealed, and none deletes the row. Raises RowHasChanged, CannotImport.
    """
    rows = run.rows.exclude(turn=NAMED_GUARDIAN).filter(number=number)
    lock_people(list(rows.exclude(person=None).values_list("person_id", flat=True)))
    if not rows.select_for_update().values_list("pk"):
        # Only an erasure deletes a single row.
        raise CannotImport(SENTENCES["erasing"])
    row, kept = load_row(run, number)
    if row.person and is_being_erased(row.person.code):
        raise CannotImport(SENTENCES["erasing"])
    if seen != make_mark(row, kept):
        raise RowHasChanged(CHANGED)
    return row, kept


def _compare_again(
    run: ImportRun,
    columns: Sequence[str],
    before: NumberedCells,
    tally: Counter[str],
    now: datetime,
) -> None:
    """Compare a row and its dependent rows again, or let the worker read the whole file.

    `before`: the row as it was. `tally`: the counts of the run without the rows compared again.
    """
    order, asks = find_order_in(tally)
    reads_dates_by = run.date_order or find_order_in(run.tally)[0]
    reader = RowReader(columns, reads_dates_by, site_facts.site_day(now))
    try:
        if reads_dates_by != (run.date_order or order):
            raise TooManyRows
        cells = load_dependent(run, reader, reader.read(*before))
    except TooManyRows:
        queue_work(run, "reading", now, done=0)
        return
    tally.update(_compare(run, reader, cells, before[0], now))
    run.tally = {name: count for name, count in tally.items() if count > 0}
    run.asks_order = asks
    run.save(update_fields=["tally", "asks_order"])


def _compare(
    run: ImportRun,
    reader: RowReader,
    cells: Mapping[int, Sequence[str]],
    number: int,
    now: datetime,
) -> Counter[str]:
    """Store the new comparison of these rows; return the change of the counts.

    `number`: the row itself. If left out, it is not among `cells`, and the guardian it added is
    removed. Raises RowHasChanged.
    """
    old = rows_in_list(run).filter(number__in={number, *cells})
    change: Counter[str] = Counter()
    stored = list(old.select_related("person"))
    try:
        for row in stored:
            change.subtract(count_row(row, unseal_row(row)))
    except KeyDestroyed as error:
        raise RowHasChanged(CHANGED) from error
    typed = [reader.read(place, cells[place]) for place in sorted(cells)]
    found = start_comparison(run, typed, reader.today).classify(typed)
    # The people are locked now. Rows deleted by an earlier erasure must not be stored again.
    if ImportRow.objects.filter(pk__in=[row.pk for row in stored]).delete()[0] != len(stored):
        raise RowHasChanged(CHANGED)
    change.update(store_rows(run, found, cells, now))
    return change
