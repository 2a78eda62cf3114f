"""One figure for each of many tables, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, CharField, Count, F, Min, Model, QuerySet, Value


def count_each(rows: Mapping[str, QuerySet[Model]]) -> dict[str, int]:
    """Return the number of rows under each name."""
    found = _compute_each({name: (each, Count("*")) for name, each in rows.items()})
    return {name: found.get(name, 0) for name in rows}


def find_oldest_each(rows: Mapping[str, tuple[QuerySet[Model], str]]) -> dict[str, datetime]:
    """Return the oldest time of each clock; names without rows are left out."""
    return _compute_each({name: (each, Min(clock)) for name, (each, clock) in rows.items()})


def _compute_each(figures: Mapping[str, tuple[QuerySet[Model], Aggregate]]) -> dict[str, Any]:
    parts = [
        rows.order_by()
        .values(named=Value(name, output_field=CharField()))
        .annotate(figure=figure)
        .values_list(F("named"), F("figure"))
        for name, (rows, figure) in figures.items()
    ]
    if not parts:
        return {}
    return {
        name: value for name, value in parts[0].union(*parts[1:], all=True) if value is not None
    }
