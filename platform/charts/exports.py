"""Downloads of a page's figures: `?figure=CODE&as=svg` or `&as=csv`.

A PNG is drawn in the browser from the SVG (`page/chart_export_controller.js`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from charts.figure import Cell, Figure
from privacy.csv_response import csv_of

KINDS = ("csv", "svg")
# The column that says whether people are simulated; a table of both kinds has its own.
ORIGIN = "origin"


def find_export(
    request: HttpRequest, name: str, figures: Callable[[], Iterable[Figure]]
) -> HttpResponse | None:
    """Return the file that an address asks for; None where it asks for the page.

    Raises Http404 for a figure without numbers. A CSV file is in the source language, because
    programs read it too. `name` begins the file's name.
    """
    kind = request.GET.get("as")
    if kind not in KINDS:
        return None
    with translation.override(settings.LANGUAGE_CODE) if kind == "csv" else nullcontext():
        found = {figure.code: figure for figure in figures()}.get(request.GET.get("figure", ""))
        if found is None or found.table is None or found.drawing is None:
            raise Http404
        file = f"{name}-{found.code}"
        return make_csv(file, found) if kind == "csv" else make_svg(file, found)


def make_csv(file: str, figure: Figure) -> HttpResponse:
    """Return the numbers behind it, unrounded; each row says whether people are simulated."""
    if figure.table is None:
        raise Http404
    head = [column.code for column in figure.table.columns]
    rows = [[_blank(cell) for cell in row] for row in figure.table.rows]
    if ORIGIN not in head:
        head.append(ORIGIN)
        rows = [[*row, "simulated people" if figure.simulated else "people"] for row in rows]
    return csv_of(file, head, rows)


def make_svg(file: str, figure: Figure) -> HttpResponse:
    """Return the drawing as a file."""
    answer = HttpResponse(figure.file, content_type="image/svg+xml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file}.svg"'
    return answer


def _blank(cell: Cell) -> Cell:
    return "" if cell is None else cell
