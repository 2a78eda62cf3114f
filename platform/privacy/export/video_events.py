"""What somebody did with a player, in the verbs of the xAPI video profile, Sitting by Sitting.

The player tells where it stood when it began and stopped, and how far a jump went; from where it
jumped follows from both and the time between, and so does what was played until then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from accounts.models import User
from courses.models import Unit
from courses.watched_intervals import merge_stretches, watched_seconds
from telemetry.models import Event, Sitting

VIDEO: Final = "https://w3id.org/xapi/video"
VIDEO_TYPE: Final = f"{VIDEO}/activity-type/video"
TIME: Final = f"{VIDEO}/extensions/time"
FROM: Final = f"{VIDEO}/extensions/time-from"
TO: Final = f"{VIDEO}/extensions/time-to"
SPEED: Final = f"{VIDEO}/extensions/speed"
LENGTH: Final = f"{VIDEO}/extensions/length"
PROGRESS: Final = f"{VIDEO}/extensions/progress"
SEGMENTS: Final = f"{VIDEO}/extensions/played-segments"
INITIALIZED: Final = "http://adlnet.gov/expapi/verbs/initialized"
TERMINATED: Final = "http://adlnet.gov/expapi/verbs/terminated"
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
    """One statement to be: `source` is the event's own id, or the Sitting's and which end of it."""

    source: str
    at: datetime
    sitting: UUID
    unit: Unit
    verb: str
    result: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Head:
    """Where the player of one Sitting stands: at `second` when it was `t`, moving by `rate`, in a
    video of `duration_s`; `played` = the union of what went past it."""

    duration_s: float
    second: float = 0.0
    t: float = 0.0
    rate: float = 1.0
    moving: bool = False
    played: list[float] = field(default_factory=list)

    def at(self, t: float) -> float:
        here = self.second + (t - self.t) * self.rate if self.moving else self.second
        return min(max(0.0, here), self.duration_s)

    def runs_to(self, second: float) -> None:
        """What was played since it stood last."""
        if self.moving and second > self.second:
            self.played = merge_stretches(self.played, [(self.second, second)], self.duration_s)

    def stands(self, second: float, t: float) -> None:
        self.second, self.t = max(0.0, second), t

    def told(self, second: float) -> dict[str, Any]:
        """As the profile asks it of a pause and of an end."""
        share = min(1.0, watched_seconds(self.played) / self.duration_s)
        return {
            TIME: round(second, 3),
            PROGRESS: round(share, 3),
            SEGMENTS: as_segments(self.played),
        }


def as_segments(played: list[float]) -> str:
    """Stretches as the profile writes them: `0[.]12.5[,]30[.]40`."""
    pairs = zip(played[::2], played[1::2], strict=True)
    return "[,]".join(f"{round(start, 3):g}[.]{round(end, 3):g}" for start, end in pairs)


def video_events(person: User) -> list[Played]:
    """In the order of time."""
    events: dict[UUID, list[Event]] = defaultdict(list)
    rows = Event.objects.filter(
        sitting__learner=person, sitting__unit__kind="video", name__in=list(VERBS)
    )
    for row in rows.order_by("at", "t", "id").iterator(chunk_size=200):
        events[row.sitting_id].append(row)
    sittings = Sitting.objects.filter(learner=person, unit__kind="video")
    told = [
        played
        for sitting in sittings.select_related("unit__video")
        for played in _of_sitting(sitting, events[sitting.id])
    ]
    return sorted(told, key=lambda played: played.at)


def _of_sitting(sitting: Sitting, events: Iterable[Event]) -> Iterator[Played]:
    unit, head = sitting.unit, Head(sitting.unit.video.duration_s)
    length = {LENGTH: round(head.duration_s, 3)}

    def end(name: str, at: datetime, verb: str, result: dict[str, Any]) -> Played:
        return Played(f"{sitting.id}:{name}", at, sitting.id, unit, verb, result, length)

    yield end("initialized", sitting.began_at, INITIALIZED, {})
    for row in events:
        result, context = _after(row, head)
        yield Played(
            str(row.id), row.at, sitting.id, unit, VERBS[row.name], result, {**length, **context}
        )
    if sitting.ended_at is not None:
        # A page that was left playing and said no more is not known to have played on.
        stood = head.at((sitting.active_at - sitting.began_at).total_seconds())
        head.runs_to(stood)
        yield end("terminated", sitting.ended_at, TERMINATED, head.told(stood))


def _after(row: Event, head: Head) -> tuple[dict[str, Any], dict[str, Any]]:
    """Result and context of one event; `head` moves on."""
    value = row.value or 0.0
    before = head.at(row.t)
    if row.name == "seek":
        head.runs_to(before)
        head.stands(before + value, row.t)
        return {FROM: round(before, 3), TO: round(head.second, 3)}, {}
    if row.name == "rate":
        head.runs_to(before)
        head.stands(before, row.t)
        head.rate = value
        return {TIME: round(before, 3)}, {SPEED: f"{value:g}x"}
    head.runs_to(value)
    head.stands(value, row.t)
    head.moving = row.name == "play"
    return ({TIME: round(value, 3)} if head.moving else head.told(value)), {}
