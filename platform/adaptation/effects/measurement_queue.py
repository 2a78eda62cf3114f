"""Measurement of due rows, in batches and each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import models, transaction

from work_queue.due_rows import lock_due

BATCH: Final = 200
Row = TypeVar("Row", bound=models.Model)


def measure_due(
    rows: models.QuerySet[Row, Any],
    measure: Callable[[Row], None],
    *,
    written: Sequence[str],
    now: datetime,
) -> int:
    """Let `measure` fill in those `rows` whose `due_at` has passed; return how many.

    Stores the fields in `written` of each.
    """
    measured = 0
    while some := _measure_some(rows, measure, written, now):
        measured += some
    return measured


@transaction.atomic
def _measure_some(
    rows: models.QuerySet[Row, Any],
    measure: Callable[[Row], None],
    written: Sequence[str],
    now: datetime,
) -> int:
    found = lock_due(rows, BATCH, now=now)
    for row in found:
        measure(row)
    rows.bulk_update(found, written)
    return len(found)
