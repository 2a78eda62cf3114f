"""Course events of the player and the quiz, stored once each under the id the page gave them."""

from __future__ import annotations

import math
from datetime import datetime
from uuid import UUID

from telemetry.models import EVENT_NAMES, Event, Sitting
from telemetry.sittings import seconds

CLOCK_SLACK_S = 5.0


class BadEvent(ValueError):
    """The event is none of ours; the text says what was expected."""


def store(
    sitting: Sitting,
    id: UUID,
    t: float,
    name: str,
    value: float | None,
    ref: UUID | None,
    now: datetime,
) -> bool:
    """Store one event; False when this id was stored before (it is acknowledged again)."""
    _check(sitting, t, name, value, now)
    event, created = Event.objects.get_or_create(
        id=id,
        defaults={"sitting": sitting, "t": t, "name": name, "value": value, "ref": ref, "at": now},
    )
    if event.sitting_id != sitting.id:
        raise BadEvent("expected an id of this Sitting's own, got one that is taken")
    return created


def _check(sitting: Sitting, t: float, name: str, value: float | None, now: datetime) -> None:
    if name not in EVENT_NAMES:
        raise BadEvent(f"expected a name of {', '.join(EVENT_NAMES)}, got {name[:20]!r}")
    latest = seconds(sitting, now) + CLOCK_SLACK_S
    if not 0 <= t <= latest:
        raise BadEvent(f"expected t between 0 and {latest:.0f} s, got {t}")
    if value is not None and not math.isfinite(value):
        raise BadEvent(f"expected a finite value or none, got {value}")
