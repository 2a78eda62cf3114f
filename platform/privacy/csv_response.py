"""CSV downloads that a spreadsheet opens without running formulas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from django.http import HttpResponse

from privacy.safe_csv import csv_lines, guarded


def csv_of(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a head and rows as an attachment `<name>.csv`."""
    cells = ([_safe(cell) for cell in row] for row in chain([head], rows))
    answer = HttpResponse("".join(csv_lines(cells)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _safe(cell: object) -> object:
    return guarded(cell) if isinstance(cell, str) else cell
