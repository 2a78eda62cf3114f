"""Rows as JSON lines and as CSV that a spreadsheet cannot take for formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

# What a spreadsheet may read as the beginning of a formula.
STARTERS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def line(value: object) -> bytes:
    """One JSON text, with its line's end."""
    return (text(value) + "\n").encode()


def text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def jsonl(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    return (line(row) for row in rows)


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """A head, then a line for each row; lists and objects stand as JSON in their cell."""
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line([cell(row[name]) for name in columns])


def cell(value: object) -> str:
    """A text that begins like a formula gets an apostrophe before it; numbers are numbers."""
    if value is None:
        return ""
    if isinstance(value, (str, UUID, date)):
        plain = str(value) if not isinstance(value, date) else value.isoformat()
        return f"'{plain}" if plain.startswith(STARTERS) else plain
    return text(value)


def _csv_line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"expected a value of a row, got {type(value).__name__}")
