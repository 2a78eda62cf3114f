"""What somebody did with a player, in the verbs of the xAPI video profile.

The player tells where it stood when it began and stopped, and how far a jump went; from where it
jumped follows from both and the time between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from accounts.models import User
from courses.models import Unit
from telemetry.models import Event

VIDEO: Final = "https://w3id.org/xapi/video"
VIDEO_TYPE: Final = f"{VIDEO}/activity-type/video"
TIME: Final = f"{VIDEO}/extensions/time"
FROM: Final = f"{VIDEO}/extensions/time-from"
TO: Final = f"{VIDEO}/extensions/time-to"
SPEED: Final = f"{VIDEO}/extensions/speed"
INTERACTED: Final = "http://adlnet.gov/expapi/verbs/interacted"
# A player that reaches the end stands still there.
VERBS: Final = {
    "play": f"{VIDEO}/verbs/played",
    "pause": f"{VIDEO}/verbs/paused",
    "ended": f"{VIDEO}/verbs/paused",
    "seek": f"{VIDEO}/verbs/seeked",
    "rate": INTERACTED,
}


@dataclass(frozen=True, slots=True)
class Played:
    """One statement to be: `source` is the event's own id."""

    source: UUID
    at: datetime
    sitting: UUID
    unit: Unit
    verb: str
    result: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Head:
    """Where the player of one Sitting stands: at `second` when it was `t`, moving by `rate`."""

    second: float = 0.0
    t: float = 0.0
    rate: float = 1.0
    moving: bool = False

    def at(self, t: float) -> float:
        return self.second + (t - self.t) * self.rate if self.moving else self.second

    def stands(self, second: float, t: float) -> None:
        self.second, self.t = max(0.0, second), t


def video_events(person: User) -> Iterator[Played]:
    """In the order of time."""
    heads: dict[UUID, Head] = {}
    rows = Event.objects.filter(
        sitting__learner=person, sitting__unit__kind="video", name__in=list(VERBS)
    ).select_related("sitting__unit")
    for row in rows.order_by("at", "t", "id").iterator(chunk_size=200):
        yield _played(row, heads.setdefault(row.sitting_id, Head()))


def _played(row: Event, head: Head) -> Played:
    value = row.value or 0.0
    before = head.at(row.t)
    result: dict[str, Any] = {TIME: round(value, 3)}
    context: dict[str, Any] = {}
    if row.name == "seek":
        head.stands(before + value, row.t)
        result = {FROM: round(before, 3), TO: round(head.second, 3)}
    elif row.name == "rate":
        head.stands(before, row.t)
        head.rate = value
        result, context = {TIME: round(before, 3)}, {SPEED: f"{value:g}x"}
    else:
        head.stands(value, row.t)
        head.moving = row.name == "play"
    return Played(
        row.id, row.at, row.sitting_id, row.sitting.unit, VERBS[row.name], result, context
    )
