"""How far this computer's clock is from the database's; several hosts need clocks that agree."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from django.db import connection

# Pages correct their clocks by the site's, so a move between hosts would shift what they sense.
MOST_S = 2.0
CLOCK = "extract(epoch FROM clock_timestamp())"


def select_with_clock(columns: Sequence[str] = ()) -> tuple[float, tuple[Any, ...]]:
    """Return by how many seconds this computer's clock is ahead of the database's, and `columns`.

    One statement reads both. The error is at most half the time that the database takes.
    """
    with connection.cursor() as cursor:
        asked = time.time()
        cursor.execute(f"SELECT {', '.join([CLOCK, *columns])}")
        answered = time.time()
        now, *found = cursor.fetchone()
    return (asked + answered) / 2 - float(now), tuple(found)
