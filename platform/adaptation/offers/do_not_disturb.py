"""A Learner's wish not to be interrupted: while their video plays, an offer waits."""

from __future__ import annotations

from datetime import datetime

from telemetry.models import Event, Sitting

TURNS = ("play", "pause", "ended")


def is_wanted(sitting: Sitting, now: datetime) -> bool:
    """Whether the Learner wants no offer at this moment; what is due comes at the next pause.

    Asks the Sitting from its beginning: a long video plays on without a word for an hour.
    """
    if not sitting.learner.quiet_videos:
        return False
    turns = Event.objects.filter(sitting=sitting, name__in=TURNS, at__lte=now)
    return turns.order_by("-t").values_list("name", flat=True).first() == "play"
