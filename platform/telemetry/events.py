"""Course events of the player and the quiz, each stored once under the id its page gave it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from telemetry.models import EVENT_NAMES, Event, Sitting
from telemetry.sittings import seconds_of_act

CLOCK_SLACK_S = 5.0
INSERT = """
INSERT INTO telemetry_event (at, id, sitting_id, t, name, value, ref)
SELECT %s, * FROM unnest(%s::uuid[], %s::uuid[], %s::float8[], %s::text[], %s::float8[], %s::uuid[])
ON CONFLICT (id) DO NOTHING RETURNING id, sitting_id
"""


class BadEvent(ValueError):
    """The event is invalid; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class SittingEvent:
    """What was done in a Sitting at `t` seconds, under the id its page gave it."""

    sitting: Sitting
    id: UUID
    t: float
    name: str
    value: float | None
    ref: UUID | None


def store(
    sitting: Sitting,
    id: UUID,
    t: float,
    name: str,
    value: float | None,
    ref: UUID | None,
    now: datetime,
) -> None:
    """Store one event, once however often it is sent. Raises BadEvent."""
    (wrong,) = store_each([SittingEvent(sitting, id, t, name, value, ref)], now)
    if wrong is not None:
        raise wrong


def store_each(events: Sequence[SittingEvent], now: datetime) -> list[BadEvent | None]:
    """Store events of many pages, each once. Returns for each its error or None."""
    wrong = {each: found for each in events if (found := _validate(each, now))}
    owners = _insert([each for each in events if each not in wrong], now)
    return [wrong.get(each) or _id_conflict(each, owners) for each in events]


def _insert(events: Sequence[SittingEvent], now: datetime) -> dict[UUID, UUID]:
    """Insert new events. Returns the Sitting that owns each id."""
    if not events:
        return {}
    # Ordered by id, so that two processes with the same events never deadlock.
    ordered = sorted(events, key=lambda each: each.id)
    rows = [(each.id, each.sitting.id, each.t, each.name, each.value, each.ref) for each in ordered]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [now, *map(list, zip(*rows, strict=True))])
        new = dict(cursor.fetchall())
    known = [each.id for each in events if each.id not in new]
    if known:
        new |= Event.objects.filter(id__in=known).values_list("id", "sitting_id")
    return new


def _id_conflict(event: SittingEvent, owners: dict[UUID, UUID]) -> BadEvent | None:
    if owners.get(event.id) == event.sitting.id:
        return None
    return BadEvent("expected an id of this Sitting's own, got one that is taken")


def _validate(event: SittingEvent, now: datetime) -> BadEvent | None:
    latest = seconds_of_act(event.sitting, now) + CLOCK_SLACK_S
    if event.name not in EVENT_NAMES:
        names = ", ".join(EVENT_NAMES)
        return BadEvent(f"expected a name of {names}, got {event.name[:20]!r}")
    if not 0 <= event.t <= latest:
        return BadEvent(f"expected t between 0 and {latest:.0f} s, got {event.t}")
    if event.value is not None and not math.isfinite(event.value):
        return BadEvent(f"expected a finite value or none, got {event.value}")
    return None
