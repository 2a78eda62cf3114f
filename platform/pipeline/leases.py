"""Taking a row that is due: for some minutes, and one worker alone.

Nothing stays locked: a worker that dies gives it back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


@transaction.atomic
def take(rows: QuerySet[Row], *, now: datetime, lease: timedelta, **anew: Any) -> Row | None:
    """The row that waits longest: `due_at` after the lease, one more in `tries`, and `anew`."""
    due = rows.filter(due_at__lte=now).order_by("due_at")
    found = due.select_for_update(skip_locked=True, of=["self"]).first()
    if found is not None:
        row: Any = found
        for name, value in {"due_at": now + lease, "tries": row.tries + 1, **anew}.items():
            setattr(row, name, value)
        row.save(update_fields=["due_at", "tries", *anew])
    return found
