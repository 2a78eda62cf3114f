"""The first answer within ten minutes, by which both Rules and wordings are measured."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from courses.models import Response

WITHIN: Final = timedelta(minutes=10)


def next_try(learner: int, on: Q, *, after: datetime) -> Response | None:
    """Return a Learner's (pk) first answer to such questions; None where none came in time."""
    answers = Response.objects.filter(
        on, learner=learner, answered_at__gt=after, answered_at__lte=after + WITHIN
    )
    return answers.order_by("answered_at", "id").first()
