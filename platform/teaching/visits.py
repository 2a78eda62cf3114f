"""When each Learner of a course last did something in it.

A page of a video on another site, or a page without scripts, opens no Sitting. So answers and
finished units count as visits as well.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max, QuerySet

from courses.models import Completion, Course, Response
from telemetry.models import Sitting


def load_last_visits(
    course: Course, learners: Collection[int], *, until: datetime | None = None
) -> dict[int, datetime]:
    """Return the last visit of each Learner by pk, up to `until`; those without one are left out.

    How long a page stayed alive is left out, because sensing keeps it alive.
    """
    kinds: tuple[tuple[QuerySet[Sitting] | QuerySet[Completion] | QuerySet[Response], str], ...] = (
        (Sitting.objects.filter(unit__course=course), "began_at"),
        (Completion.objects.filter(unit__course=course, done_at__isnull=False), "done_at"),
        (Response.objects.filter(question__course=course), "answered_at"),
    )
    found: dict[int, datetime] = {}
    for rows, column in kinds:
        here = rows.filter(learner__in=learners, **({f"{column}__lte": until} if until else {}))
        for learner, at in here.order_by().values_list("learner").annotate(Max(column)):
            found[learner] = max(at, found.get(learner, at))
    return found
