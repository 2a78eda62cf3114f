"""The position of a Learner in a video at a given time, from the player's events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telemetry.models import Event


@dataclass(slots=True)
class PlayingHead:
    """The playing head while events are applied; `at` None = not known yet."""

    at: float | None = None
    t: float = 0.0
    rate: float = 1.0
    playing: bool = False

    def move(self, t: float) -> None:
        if self.at is not None and self.playing:
            self.at += (t - self.t) * self.rate
        self.t = t

    def take(self, event: Event) -> None:
        self.move(event.t)
        value = event.value or 0.0
        if event.name in ("play", "pause", "ended"):
            self.at, self.playing = value, event.name == "play"
        elif event.name == "seek" and self.at is not None:
            self.at += value
        elif event.name == "rate" and value > 0:
            self.rate = value


def second_of(events: Iterable[Event], t: float) -> float | None:
    """Return the second of the video shown at `t`, from the events of that Sitting in order."""
    return seconds_at(events, [t])[0]


def seconds_at(events: Iterable[Event], times: Sequence[float]) -> list[float | None]:
    """Return the second of the video shown at each of `times`, which do not decrease."""
    head, found = PlayingHead(), list[float | None]()
    coming = iter(events)
    event = next(coming, None)
    for t in times:
        while event is not None and event.t <= t:
            head.take(event)
            event = next(coming, None)
        head.move(t)
        found.append(None if head.at is None else max(0.0, head.at))
    return found


def stretches_gone_back_over(events: Iterable[Event], since: float) -> list[tuple[float, float]]:
    """Return the stretches the Learner went back over after `since`, in seconds."""
    head, found = PlayingHead(), []
    for event in events:
        head.move(event.t)
        before = head.at
        head.take(event)
        goes_back = event.name == "seek" and (event.value or 0.0) < 0 and event.t > since
        if goes_back and before is not None and head.at is not None:
            found.append((max(0.0, head.at), before))
    return found
