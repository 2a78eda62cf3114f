"""Rows as JSON lines, and as CSV without formulas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any
from uuid import UUID

from privacy.safe_csv import csv_lines, guarded, guarded_json


def line(value: object) -> bytes:
    """Return one JSON text with a line feed."""
    return (text(value) + "\n").encode()


def text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def jsonl(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    return (line(row) for row in rows)


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield a head and a line for each row; lists and objects are written as JSON in their cell."""
    cells = ([cell(row[name]) for name in columns] for row in rows)
    return (each.encode() for each in csv_lines(chain([columns], cells)))


def cell(value: object) -> str:
    """Return the text of a cell, guarded against formulas; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, (str, UUID, date)):
        plain = str(value) if not isinstance(value, date) else value.isoformat()
        return guarded(plain)
    return guarded_json(text(value))


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"expected a value of a row, got {type(value).__name__}")
