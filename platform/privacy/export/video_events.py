"""A person's video events with the verbs of the xAPI video profile, Sitting by Sitting.

The player reports its position at play and pause, and the length of a jump. The start of a jump and
what was played until then follow from these and the time between.
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
# A player stops at the end of its video.
VERBS: Final = {
    "play": f"{VIDEO}/verbs/played",
    "pause": f"{VIDEO}/verbs/paused",
    "ended": f"{VIDEO}/verbs/paused",
    "seek": f"{VIDEO}/verbs/seeked",
    "rate": INTERACTED,
}


@dataclass(frozen=True, slots=True)
class VideoStatement:
    """One statement to write.

    `source`: the event's id, or the Sitting's id with "initialized" or "terminated".
    """

    source: str
    at: datetime
    sitting: UUID
    unit: Unit
    verb: str
    result: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class PlayerHead:
    """The state of a Sitting's player: at `second` of a video of `duration_s`, as of time `t`.

    `rate`: its speed. `played`: the union of all stretches played so far.
    """

    duration_s: float
    second: float = 0.0
    t: float = 0.0
    rate: float = 1.0
    moving: bool = False
    played: list[float] = field(default_factory=list)

    def position_at(self, t: float) -> float:
        here = self.second + (t - self.t) * self.rate if self.moving else self.second
        return min(max(0.0, here), self.duration_s)

    def play_to(self, second: float) -> None:
        """Add what was played since the last known position."""
        if self.moving and second > self.second:
            self.played = merge_stretches(self.played, [(self.second, second)], self.duration_s)

    def move_to(self, second: float, t: float) -> None:
        self.second, self.t = max(0.0, second), t

    def progress_result(self, second: float) -> dict[str, Any]:
        """Return the result extensions that the profile requires of a pause and of an end."""
        share = min(1.0, watched_seconds(self.played) / self.duration_s)
        return {
            TIME: round(second, 3),
            PROGRESS: round(share, 3),
            SEGMENTS: as_segments(self.played),
        }


def as_segments(played: list[float]) -> str:
    """Return the stretches as the profile writes them: `0[.]12.5[,]30[.]40`."""
    pairs = zip(played[::2], played[1::2], strict=True)
    return "[,]".join(f"{round(start, 3):g}[.]{round(end, 3):g}" for start, end in pairs)


def video_events(person: User) -> list[VideoStatement]:
    """Return the events in order of time."""
    events: dict[UUID, list[Event]] = defaultdict(list)
    rows = Event.objects.filter(
        sitting__learner=person, sitting__unit__kind="video", name__in=list(VERBS)
    )
    for row in rows.order_by("at", "t", "id").iterator(chunk_size=200):
        events[row.sitting_id].append(row)
    sittings = Sitting.objects.filter(learner=person, unit__kind="video")
    statements = [
        played
        for sitting in sittings.select_related("unit__video")
        for played in _sitting_statements(sitting, events[sitting.id])
    ]
    return sorted(statements, key=lambda played: played.at)


def _sitting_statements(sitting: Sitting, events: Iterable[Event]) -> Iterator[VideoStatement]:
    unit, head = sitting.unit, PlayerHead(sitting.unit.video.duration_s)
    length = {LENGTH: round(head.duration_s, 3)}

    def end(name: str, at: datetime, verb: str, result: dict[str, Any]) -> VideoStatement:
        return VideoStatement(f"{sitting.id}:{name}", at, sitting.id, unit, verb, result, length)

    yield end("initialized", sitting.began_at, INITIALIZED, {})
    for row in events:
        result, context = _apply_event(row, head)
        yield VideoStatement(
            str(row.id), row.at, sitting.id, unit, VERBS[row.name], result, {**length, **context}
        )
    if sitting.ended_at is not None:
        # A page that went silent while playing counts as played until its last activity.
        position = head.position_at((sitting.active_at - sitting.began_at).total_seconds())
        head.play_to(position)
        yield end("terminated", sitting.ended_at, TERMINATED, head.progress_result(position))


def _apply_event(row: Event, head: PlayerHead) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return result and context of one event, and move `head` on."""
    value = row.value or 0.0
    before = head.position_at(row.t)
    if row.name == "seek":
        head.play_to(before)
        head.move_to(before + value, row.t)
        return {FROM: round(before, 3), TO: round(head.second, 3)}, {}
    if row.name == "rate":
        head.play_to(before)
        head.move_to(before, row.t)
        head.rate = value
        return {TIME: round(before, 3)}, {SPEED: f"{value:g}x"}
    head.play_to(value)
    head.move_to(value, row.t)
    head.moving = row.name == "play"
    return ({TIME: round(value, 3)} if head.moving else head.progress_result(value)), {}
