"""When each Learner of a course last did something in it.

A page of a video on another site, or a page without scripts, opens no Sitting. So answers and
finished units count as visits as well.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from courses.models import Completion, Course, Response
from telemetry.models import Sitting


def load_last_visits(
    course: Course,
    learners: Collection[int],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[int, datetime]:
    """Return the last visit of each Learner by pk, within these times; one query.

    Learners without a visit are left out. How long a page stayed alive does not count, because
    sensing keeps it alive.
    """
    opened, finished, answered = (
        _find_latest(rows.filter(learner__any_of=learners), column, since, until)
        for rows, column in (
            (Sitting.objects.filter(unit__course=course), "began_at"),
            (Completion.objects.filter(unit__course=course, done_at__isnull=False), "done_at"),
            (Response.objects.filter(question__course=course), "answered_at"),
        )
    )
    found: dict[int, datetime] = {}
    for learner, at in opened.union(finished, answered, all=True):
        found[learner] = max(at, found.get(learner, at))
    return found


def _find_latest(
    rows: QuerySet[Any], column: str, since: datetime | None, until: datetime | None
) -> QuerySet[Any, tuple[int, datetime]]:
    """Return each Learner's latest time in this column, within these times."""
    bounds = {f"{column}__gt": since, f"{column}__lte": until}
    within = rows.filter(**{name: at for name, at in bounds.items() if at is not None})
    latest: QuerySet[Any, tuple[int, datetime]] = (
        within.order_by().values_list("learner").annotate(Max(column))
    )
    return latest
