"""Store the rows of a preview: sealed, linked to people, and counted for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from accounts.identity import make_keys
from accounts.keyed_hash import digest_email, digest_login, digest_number
from stewardship.people.imports.encryption import seal_row
from stewardship.people.imports.files.birth_dates import find_order, kind_of_date
from stewardship.people.imports.files.packed_rows import NumberedCells
from stewardship.people.imports.models import NAMED_GUARDIAN, ImportRow, ImportRun
from stewardship.people.imports.person_record import record_as_json
from stewardship.people.imports.preview.classified_row import ClassifiedRow

# Prefix of the date counts in the tally of a run.
DATES: Final = "date:"


def store_rows(
    run: ImportRun,
    found: Sequence[ClassifiedRow],
    cells: Mapping[int, Sequence[str]],
    now: datetime,
) -> Counter[str]:
    """Store rows with their comparison and their cells; return counts for the page."""
    known = [row.person for row in found if row.person and not _is_erasing(row)]
    make_keys([person.code for person in known], now=now)
    rows, tally = [], Counter[str]()
    for each in found:
        kept = _collect_values(each, cells)
        rows.append(_make_row(run, each, kept, now))
        tally += count_row(rows[-1], kept)
    ImportRow.objects.bulk_create(rows)
    return tally


def count_row(row: ImportRow, kept: Mapping[str, Any]) -> Counter[str]:
    """Return a row's contribution to the tally: kind, roles of a new person, updated fields."""
    return Counter(_tally_names(row, kept))


def count_dates(columns: Sequence[str], rows: Iterable[NumberedCells]) -> Counter[str]:
    """Return counts of the dates of birth by the order of day and month that they fit."""
    if "born" not in columns:
        return Counter()
    place = list(columns).index("born")
    kinds = (kind_of_date(cells[place]) for _number, cells in rows)
    return Counter(DATES + kind for kind in kinds if kind)


def find_order_in(tally: Mapping[str, int]) -> tuple[str, bool]:
    """Return the order of dates by a tally, and whether a Steward has to select it."""
    return find_order(
        {name.removeprefix(DATES): count for name, count in tally.items() if name.startswith(DATES)}
    )


def _is_erasing(row: ClassifiedRow) -> bool:
    return row.typed.problem is not None and row.typed.problem.key == "erasing"


def _collect_values(found: ClassifiedRow, cells: Mapping[int, Sequence[str]]) -> dict[str, Any]:
    """Return the values to seal; for a person who is being erased, only that problem."""
    problem = found.typed.problem
    kept: dict[str, Any] = {"problem": asdict(problem) if problem else None}
    if _is_erasing(found):
        return kept
    kept |= {
        "name": found.typed.name,
        "record": record_as_json(found.record) if found.record else None,
        "fields": list(found.fields),
        "mark": found.before.mark() if found.before else "",
        "guardian": found.typed.guardian,
        "courses": [asdict(each) for each in found.courses],
        "notes": [asdict(each) for each in found.notes],
    }
    if found.turn != NAMED_GUARDIAN:
        kept["cells"] = list(cells[found.typed.row])
    return kept


def _make_row(
    run: ImportRun, found: ClassifiedRow, kept: Mapping[str, Any], now: datetime
) -> ImportRow:
    """Return the row, not yet stored."""
    row = ImportRow(run=run, number=found.typed.row, turn=found.turn, kind=found.kind)
    row.noted = bool(found.notes)
    if not _is_erasing(found):
        _link_people(row, found)
    row.sealed = seal_row(row, kept, now=now)
    return row


def _link_people(row: ImportRow, found: ClassifiedRow) -> None:
    """Link the row to the people whose data it contains, so that it is erased with any of them."""
    row.person, row.guardian = found.person, found.guardian
    if login := found.typed.login or found.typed.email:
        row.login_digest = digest_login(login)
    if found.typed.number:
        row.number_digest = digest_number(found.typed.number)
    if found.typed.email:
        row.email_digest = digest_email(found.typed.email)
    if found.guardian_named:
        row.guardian_digest = digest_email(found.guardian_named)


def _tally_names(row: ImportRow, kept: Mapping[str, Any]) -> Iterator[str]:
    yield row.kind
    if row.noted:
        yield "note"
    yield from ("enrolment" for _course in kept.get("courses", ()))
    if row.kind == "new" and kept.get("record"):
        yield from (f"role:{role}" for role in kept["record"]["roles"])
    if row.kind == "updated":
        yield from (f"field:{name}" for name in kept["fields"])
