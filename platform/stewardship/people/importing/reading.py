"""Reading a file in the worker: its rows become a preview, in which nothing is changed yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from accounts import site_facts
from accounts.digests import digest, digest_email, digest_number
from accounts.identity import make_keys
from stewardship.people.importing.comparing import Comparison, SortedRow
from stewardship.people.importing.dates import find_order
from stewardship.people.importing.leasing import keep
from stewardship.people.importing.model import NAMED_GUARDIAN, ImportRow, ImportRun
from stewardship.people.importing.packing import pack
from stewardship.people.importing.records import record_as_json
from stewardship.people.importing.sealing import seal_of_run, seal_row, unseal_of_run, unseal_row
from stewardship.people.importing.table import PeopleTable
from stewardship.people.importing.typed_rows import RowReader, TypedRow

AT_ONCE: Final = 200
T = TypeVar("T")


def read(run: ImportRun, now: Callable[[], datetime]) -> None:
    """Sort the rows of a file; a second try starts from the first row. Raises NotOurs."""
    table = _take_table(run, now())
    order, asks = _find_order(run, table)
    today = site_facts.find_day(now())
    reader = RowReader(table.columns, order, today)
    typed = [reader.read(number, cells) for number, cells in table.rows]
    comparison = Comparison(run, today)
    for some in in_parts(typed):
        comparison.note(some)
    # The row of a child is compared with that of the guardian, which may come later in the file.
    typed.sort(key=lambda each: not comparison.is_guardian(each))
    cells = dict(table.rows)
    tally: Counter[str] = Counter()
    for some in in_parts(typed):
        tally += _store(run, comparison, some, cells, now)
    keep(
        run, now(), state="ready", due_at=None, asks_order=asks, tally=dict(tally), file_sealed=None
    )


@transaction.atomic
def _take_table(run: ImportRun, now: datetime) -> PeopleTable:
    """Return the file, and remove its rows. Once it was read, the rows alone hold its cells.

    So the row of a person who was erased since then does not come back.
    """
    if run.file_sealed is None:
        kept = [(row.number, unseal_row(row)) for row in _rows_of_file(run)]
        head = unseal_of_run(run, "head_sealed")
        rows = [(number, row["cells"]) for number, row in kept if "cells" in row]
        table = PeopleTable(head["columns"], head["headings"], head["left_out"], pack(rows))
        run.file_sealed = seal_of_run(run, "file_sealed", table.as_json(), now=now)
    keep(run, now, done=0, tally={}, file_sealed=run.file_sealed)
    ImportRow.objects.filter(run=run).delete()
    return PeopleTable.of_json(unseal_of_run(run, "file_sealed"))


def _rows_of_file(run: ImportRun) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(run=run).exclude(turn=NAMED_GUARDIAN)
    return rows.select_related("person").order_by("number")


def in_parts(found: Sequence[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Yield some at a time, so that each transaction is short."""
    each = iter(found)
    while some := list(islice(each, size)):
        yield some


def _find_order(run: ImportRun, table: PeopleTable) -> tuple[str, bool]:
    """Return the order of the dates, and whether a Steward may have to choose it."""
    if "born" not in table.columns:
        return "", False
    place = list(table.columns).index("born")
    order, asks = find_order(cells[place] for _number, cells in table.rows)
    return run.date_order or order, asks


@transaction.atomic
def _store(
    run: ImportRun,
    comparison: Comparison,
    typed: Sequence[TypedRow],
    cells: dict[int, Sequence[str]],
    now: Callable[[], datetime],
) -> Counter[str]:
    """Store some rows with what an import would do; return counts for the page."""
    keep(run, now(), done=run.done + len(typed))
    found, at = comparison.sort(typed), now()
    known = [row.person for row in found if row.person and not _is_erasing(row)]
    make_keys([person.code for person in known], now=at)
    ImportRow.objects.bulk_create([_make_row(run, each, cells, at) for each in found])
    return Counter(name for each in found for name in _tally_names(each))


def _is_erasing(row: SortedRow) -> bool:
    return row.typed.problem is not None and row.typed.problem.key == "erasing"


def _make_row(
    run: ImportRun, found: SortedRow, cells: dict[int, Sequence[str]], now: datetime
) -> ImportRow:
    """Return the row, not yet stored; of a person who is being erased it keeps nothing."""
    row = ImportRow(run=run, number=found.typed.row, turn=found.turn, kind=found.kind)
    row.noted = bool(found.notes)
    problem = found.typed.problem
    kept: dict[str, Any] = {
        "problem": {"key": problem.key, "args": problem.args} if problem else None
    }
    if not _is_erasing(found):
        _link(row, found)
        kept |= _row_values(found)
        if found.turn != NAMED_GUARDIAN:
            kept["cells"] = list(cells[found.typed.row])
    row.sealed = seal_row(row, kept, now=now)
    return row


def _link(row: ImportRow, found: SortedRow) -> None:
    """Say whose data the row holds, so that it ends with the account of each of them."""
    row.person, row.guardian = found.person, found.guardian
    if login := found.typed.login or found.typed.email:
        row.login_digest = digest(login)
    if found.typed.number:
        row.number_digest = digest_number(found.typed.number)
    if found.typed.email:
        row.email_digest = digest_email(found.typed.email)
    if found.guardian_named:
        row.guardian_digest = digest_email(found.guardian_named)


def _row_values(found: SortedRow) -> dict[str, Any]:
    return {
        "name": found.typed.name,
        "record": record_as_json(found.record) if found.record else None,
        "fields": list(found.fields),
        "mark": found.before.mark() if found.before else "",
        "guardian": found.typed.guardian,
        "courses": [asdict(each) for each in found.courses],
        "notes": [asdict(each) for each in found.notes],
    }


def _tally_names(found: SortedRow) -> Iterator[str]:
    """Yield what the tally of the page counts: kinds, roles of new people, fields of updates."""
    yield found.kind
    yield from ("note" for _note in found.notes[:1])
    yield from ("enrolment" for _course in found.courses)
    if found.kind == "new" and found.record is not None:
        yield from (f"role:{role}" for role in found.record.roles)
    if found.kind == "updated":
        yield from (f"field:{name}" for name in found.fields)
