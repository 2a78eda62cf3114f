"""`index.html` of an export, readable without script, network or this site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.template.loader import render_to_string

from consent.models import ConsentEvent
from data_inventory import DIGEST
from privacy.export.category_labels import label_of
from privacy.export.jsonl_csv import text
from privacy.export.row_decryption import UNREADABLE, ExportCopy, ExportRow, fields_of
from privacy.export.schemas import schema_of
from privacy.export.tables import ExportTable

ROWS_SHOWN: Final = 50
LONGEST: Final = 160
WHY_UNREADABLE: Final = {
    "key_destroyed": "its key is destroyed; no one can read it",
    "damaged": "it cannot be opened",
    "deleted": "it was deleted while this copy was made",
    "blocked_profile": "this site may not store it; it is being deleted",
    "no_profile": "this site may not store it; it is being deleted",
}


def page(
    tables: Sequence[ExportTable], copy: ExportCopy, *, site: str, now: datetime
) -> Iterator[bytes]:
    """Yield the page in parts, one per table, so that it is never whole in memory."""
    filled = [table for table in tables if table.query.exists()]
    events = ConsentEvent.objects.filter(learner=copy.person).order_by("at", "id")
    head = {
        "code": copy.person.code,
        "site": site,
        "now": now,
        "filled": [(table.name, _title(table)) for table in filled],
        "empty": _kinds(tables, without=filled),
        "events": events.select_related("notice")[:ROWS_SHOWN],
    }
    yield render_to_string("export/head.html", head).encode()
    for table in filled:
        yield render_to_string("export/table.html", _section(table, copy)).encode()
    yield render_to_string("export/tail.html").encode()


def _kinds(tables: Sequence[ExportTable], *, without: Sequence[ExportTable]) -> list[str]:
    """Return the titles of which no table has a row, each once."""
    held = {_title(table) for table in without}
    return list(dict.fromkeys(_title(table) for table in tables if _title(table) not in held))


def _title(table: ExportTable) -> str:
    return label_of(table.holding.category)


def _section(table: ExportTable, copy: ExportCopy) -> dict[str, Any]:
    kinds = table.holding.columns
    columns = [name for name in fields_of(table.holding) if kinds[name] is not DIGEST]
    return {
        "name": table.name,
        "title": _title(table),
        "about": schema_of(table.holding)["description"].replace("`", ""),
        "columns": columns,
        "rows": [
            [_cell(row, name) for name in columns] for row in table.rows(copy, most=ROWS_SHOWN)
        ],
        "more": table.query.count() > ROWS_SHOWN,
        "most": ROWS_SHOWN,
    }


def _cell(row: ExportRow, name: str) -> str:
    value = row[name]
    if value is None:
        return WHY_UNREADABLE.get((row[UNREADABLE] or {}).get(name, ""), "")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    shown = value if isinstance(value, str) else text(value).strip('"')
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} …"
