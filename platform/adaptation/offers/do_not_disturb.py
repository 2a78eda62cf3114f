"""A Learner's wish not to be interrupted: while their video plays, an offer waits."""

from __future__ import annotations

from datetime import datetime

from telemetry.models import Event, Sitting

PLAYER_STATES = ("play", "pause", "ended")


def is_wanted(sitting: Sitting, now: datetime) -> bool:
    """Return whether the Learner wants no offer at this moment; a due one comes at the next pause.

    Reads player events since the start of the Sitting, because a long video may play for an hour
    without one.
    """
    if not sitting.learner.quiet_videos:
        return False
    turns = Event.objects.filter(sitting=sitting, name__in=PLAYER_STATES, at__lte=now)
    return turns.order_by("-t").values_list("name", flat=True).first() == "play"
