"""Rows that wait for a worker: one worker takes each, and no worker waits for another.

`lock_free` and `lock_due` lock rows until the transaction ends. `lease_due` and `take_lease` leave
no lock: the rows of a worker that dies fall due again. `process_each` processes a batch so that an
error of one row stops no other. `describe_error` is for the log: what failed, without any text.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

QueuedRow = TypeVar("QueuedRow", bound=Model)


def lock_free(
    rows: QuerySet[QueuedRow],
    limit: int | None = None,
    *,
    of: Sequence[str] = ("self",),
    no_key: bool = False,
) -> list[QueuedRow]:
    """Return the first rows that no other worker has locked, locked in this transaction."""
    return list(rows.select_for_update(skip_locked=True, of=of, no_key=no_key)[:limit])


def lock_due(rows: QuerySet[QueuedRow], limit: int, *, now: datetime) -> list[QueuedRow]:
    """Return the free rows that have been due longest, locked in this transaction."""
    return lock_free(rows.filter(due_at__lte=now).order_by("due_at"), limit)


@transaction.atomic
def lease_due(
    rows: QuerySet[QueuedRow], limit: int, *, now: datetime, lease: timedelta
) -> list[QueuedRow]:
    """Return rows that have been due longest, due again at the end of the lease."""
    found = lock_due(rows, limit, now=now)
    rows.model._base_manager.filter(pk__in=[row.pk for row in found]).update(due_at=now + lease)
    return found


@transaction.atomic
def take_lease(
    rows: QuerySet[QueuedRow], *, now: datetime, lease: timedelta, **values: Any
) -> QueuedRow | None:
    """Return the row that has been due longest; None if there is none.

    Moves its `due_at` to the end of the lease, raises `tries` by one and sets `values`.
    """
    for row in lock_due(rows, 1, now=now):
        counted: Any = row
        for name, value in {"due_at": now + lease, "tries": counted.tries + 1, **values}.items():
            setattr(row, name, value)
        row.save(update_fields=["due_at", "tries", *values])
        return row
    return None


def process_each(
    rows: Iterable[QueuedRow],
    process: Callable[[QueuedRow], int],
    *,
    postpone: Callable[[QueuedRow, Exception], None],
) -> int:
    """Return the sum of what `process` returned, such as one for each; an error stops no other row.

    `postpone` gets each row that failed, with the error, of any kind: a destroyed key, an answer
    that was not expected, a row that was deleted meanwhile. In a transaction `process` is atomic.
    """
    done = 0
    for row in rows:
        try:
            done += process(row)
        except Exception as error:  # noqa: BLE001 - `postpone` logs it without its text
            postpone(row, error)
    return done


def describe_error(error: Exception) -> dict[str, str]:
    """Return its kind and place, for the log: an error's own text may be about a person."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    return {"why": type(error).__name__, "where": f"{frame.name}:{frame.lineno}"}
