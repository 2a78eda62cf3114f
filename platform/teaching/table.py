"""A table of a Teacher's page as a file: CSV that a spreadsheet opens and never runs.

Programs read it too, so it is in the language of the source, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import chain
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from privacy.spreadsheet import csv_lines, guarded

View = Callable[..., HttpResponse]


def files_in_source(view: View) -> View:
    """A view that answers `?as=csv` with a file: all its words are the source's then."""

    @wraps(view)
    def seen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("as") != "csv":
            return view(request, *args, **kwargs)
        with translation.override(settings.LANGUAGE_CODE):
            return view(request, *args, **kwargs)

    return seen


def csv_of(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Rows under one head, as an attachment `<name>.csv`."""
    cells = ([_safe(cell) for cell in row] for row in chain([head], rows))
    answer = HttpResponse("".join(csv_lines(cells)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _safe(cell: object) -> object:
    return guarded(cell) if isinstance(cell, str) else cell
