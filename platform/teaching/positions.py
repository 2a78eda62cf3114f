"""Where in a video a Learner was at a moment, from the player's own events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from courses.models import Unit
from telemetry.models import Event


@dataclass(slots=True)
class Head:
    """The playing head while the events are walked; `at` None = not known yet."""

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
    """The second of the video shown at `t`, from the events of that Sitting in order."""
    head = Head()
    for event in events:
        if event.t > t:
            break
        head.take(event)
    head.move(t)
    return None if head.at is None else max(0.0, head.at)


def chapters_of(unit: Unit) -> list[dict[str, Any]]:
    """The chapters of a video; none for other units."""
    video = getattr(unit, "video", None)
    return list(video.chapters) if video is not None else []


def chapter_at(unit: Unit, second: float | None) -> int | None:
    """Which chapter holds this second of the video; past the end it is the last one."""
    chapters = chapters_of(unit)
    if second is None or not chapters:
        return None
    begun = [place for place, chapter in enumerate(chapters) if chapter["start"] <= second]
    return begun[-1] if begun else 0


def clock(second: float) -> str:
    """0:45"""
    return f"{int(second) // 60}:{int(second) % 60:02d}"
