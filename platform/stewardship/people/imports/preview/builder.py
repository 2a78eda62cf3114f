"""Build the preview of a file in the worker, without changing any person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Final, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from accounts.site import site_facts
from stewardship.people.imports.encryption import seal_of_run, unseal_of_run, unseal_row
from stewardship.people.imports.files.csv_table import PeopleTable
from stewardship.people.imports.files.packed_rows import pack
from stewardship.people.imports.files.row_parser import RowReader, TypedRow
from stewardship.people.imports.lease import store_progress
from stewardship.people.imports.models import NAMED_GUARDIAN, ImportRow, ImportRun
from stewardship.people.imports.preview.comparison import PreviewComparison
from stewardship.people.imports.preview.stored_rows import count_dates, find_order_in, store_rows

BATCH_SIZE: Final = 200
T = TypeVar("T")


def build_preview(run: ImportRun, now: Callable[[], datetime]) -> None:
    """Compare the rows of a file; a second try starts from the first row. Raises RunTaken."""
    table = _load_table(run, now())
    tally = count_dates(table.columns, table.rows)
    order, asks = find_order_in(tally)
    today = site_facts.site_day(now())
    reader = RowReader(table.columns, run.date_order or order, today)
    typed = [reader.read(number, cells) for number, cells in table.rows]
    comparison = start_comparison(run, typed, today)
    cells = dict(table.rows)
    for batch in split_batches(typed):
        tally += _store(run, comparison, batch, cells, now)
    left = left_out_rows(run).count()
    tally += Counter(left=left, note=left)
    store_progress(
        run, now(), state="ready", due_at=None, asks_order=asks, tally=dict(tally), file_sealed=None
    )


@transaction.atomic
def _load_table(run: ImportRun, now: datetime) -> PeopleTable:
    """Return the file, and delete the rows of the preview, which are built again.

    Once the file was read, only the rows contain its cells, so the row of a person erased since
    then does not come back. A row that a Steward left out stays unchanged.
    """
    if run.file_sealed is None:
        kept = [(row.number, unseal_row(row)) for row in _rows_of_file(run)]
        head = unseal_of_run(run, "head_sealed")
        rows = [(number, row["cells"]) for number, row in kept if "cells" in row]
        table = PeopleTable(head["columns"], head["headings"], head["left_out"], pack(rows))
        run.file_sealed = seal_of_run(run, "file_sealed", table.as_json(), now=now)
    store_progress(run, now, done=left_out_rows(run).count(), tally={}, file_sealed=run.file_sealed)
    rows_in_list(run).delete()
    return PeopleTable.from_json(unseal_of_run(run, "file_sealed"))


def _rows_of_file(run: ImportRun) -> QuerySet[ImportRow]:
    rows = rows_in_list(run).exclude(turn=NAMED_GUARDIAN)
    return rows.select_related("person").order_by("number")


def rows_in_list(run: ImportRun) -> QuerySet[ImportRow]:
    """Return the rows of a preview that are compared: all but those a Steward left out."""
    return ImportRow.objects.filter(run=run).exclude(why="steward")


def left_out_rows(run: ImportRun) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(run=run, why="steward")


def start_comparison(run: ImportRun, typed: list[TypedRow], today: date) -> PreviewComparison:
    """Collect facts about all rows that depend on each other, and sort guardians first."""
    comparison = PreviewComparison(run, today)
    for batch in split_batches(typed):
        comparison.collect(batch)
    # A child's row is compared with the guardian's, which may come later in the file.
    typed.sort(key=lambda each: not comparison.is_guardian(each))
    return comparison


def split_batches(found: Sequence[T], size: int = BATCH_SIZE) -> Iterator[list[T]]:
    """Yield batches, so that each transaction is short."""
    each = iter(found)
    while batch := list(islice(each, size)):
        yield batch


@transaction.atomic
def _store(
    run: ImportRun,
    comparison: PreviewComparison,
    typed: Sequence[TypedRow],
    cells: dict[int, Sequence[str]],
    now: Callable[[], datetime],
) -> Counter[str]:
    """Store some rows with their comparison; return counts for the page."""
    store_progress(run, now(), done=run.done + len(typed))
    return store_rows(run, comparison.classify(typed), cells, now())
