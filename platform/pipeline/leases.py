"""Lease a due row to one worker for some minutes.

No lock is held: the row of a worker that dies falls due again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

LeasedRow = TypeVar("LeasedRow", bound=Model)


@transaction.atomic
def take_lease(
    rows: QuerySet[LeasedRow], *, now: datetime, lease: timedelta, **values: Any
) -> LeasedRow | None:
    """Return the row that has been due longest; None if there is none.

    Moves its `due_at` to the end of the lease, raises `tries` by one and sets `values`.
    """
    due = rows.filter(due_at__lte=now).order_by("due_at")
    found = due.select_for_update(skip_locked=True, of=["self"]).first()
    if found is not None:
        row: Any = found
        for name, value in {"due_at": now + lease, "tries": row.tries + 1, **values}.items():
            setattr(row, name, value)
        row.save(update_fields=["due_at", "tries", *values])
    return found
