"""How far this computer's clock is from the database's; several hosts need clocks that agree."""

from __future__ import annotations

import time

from django.db import connection

# Pages correct their clocks by the site's, so a move between hosts would shift what they sense.
MOST_S = 2.0


def measure_clock_ahead() -> float:
    """Return by how many seconds this computer's clock is ahead of the database's.

    The error is at most half the time that the database takes to answer.
    """
    with connection.cursor() as cursor:
        asked = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        answered = time.time()
        (found,) = cursor.fetchone()
    return (asked + answered) / 2 - float(found)
