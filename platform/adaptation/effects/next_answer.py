"""The first answer within ten minutes: what a Rule and a wording are both measured by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from courses.models import Response

WITHIN: Final = timedelta(minutes=10)


def next_try(learner: int, on: Q, *, after: datetime) -> Response | None:
    """The first answer of a Learner (by pk) on such questions; None where none came in time."""
    answers = Response.objects.filter(
        on, learner=learner, answered_at__gt=after, answered_at__lte=after + WITHIN
    )
    return answers.order_by("answered_at", "id").first()
