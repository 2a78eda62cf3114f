"""Measurement of due rows, in batches and each once.

A row that cannot be measured falls due again when its lease ends, and delays no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import models, transaction

from work_queue.due_rows import describe_error, lease_due, process_each

logger = logging.getLogger(__name__)
BATCH: Final = 200
LEASE: Final = timedelta(hours=1)
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

    @transaction.atomic
    def measure_one(row: Row) -> int:
        measure(row)
        row.save(update_fields=written)
        return 1

    measured = 0
    while some := lease_due(rows, BATCH, now=now, lease=LEASE):
        measured += process_each(some, measure_one, postpone=_log_failure)
    return measured


def _log_failure(row: models.Model, error: Exception) -> None:
    logger.warning(
        "measurement.failed", extra={"rows": type(row).__name__, **describe_error(error)}
    )
