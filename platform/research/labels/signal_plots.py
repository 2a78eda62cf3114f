"""The plots a rater sees of one moment: lines of a few channels over half a minute, nothing else.

They have no name, time of day, unit or estimate. They are read under live Permits of the epochs in
which the moment was drawn, and each view is recorded in the audit of its Learner (I-2, I-20).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction

import audit
from accounts.models import User
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from emotion import streams
from emotion.windows import Track
from research.models import LabelItem
from telemetry import windows
from telemetry.blocks import tracks

# Earlier data is shown too: a moment is judged in its context.
BEFORE_S = 20.0
# The largest gap within a line, in sampling periods.
JOINS = 3.0
WIDTH, HEIGHT = 640.0, 44.0
SHOWN: Mapping[str, tuple[str, ...]] = {
    "pointer": ("speed_mean", "turns", "idle_s"),
    "typing": ("chr", "edit", "pauses"),
    "activity": ("visible", "focused"),
    "face": ("au04", "au07", "au12", "au15", "blink", "yaw", "pitch"),
    "gaze": ("on_screen",),
    "rppg": ("hr",),
    "heart": ("hr",),
    "ppg": ("ppg",),
    "ecg": ("ecg",),
    "eda": ("eda",),
    "acc": ("x", "y", "z"),
    "temp": ("temp",),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One channel: its lowest and highest value, and its points as SVG paths with gaps.

    An empty path means that no data was sensed.
    """

    name: str
    unit: str
    low: float
    high: float
    path: str


@dataclass(frozen=True, slots=True)
class Trace:
    """One stream of a moment: the lines of its channels."""

    stream: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    traces: tuple[Trace, ...]
    seconds: float
    shade: float


@transaction.atomic
def look(item: LabelItem, by: User, *, now: datetime) -> Moment:
    """Open a moment for a rater; raises Refused where its Learner no longer allows it."""
    permits = standing(item, now=now)
    audit.record("label.view", actor=by.code, subject=item.learner.code, public={"what": "moment"})
    return moment_of(item, permits)


def standing(item: LabelItem, *, now: datetime) -> Mapping[str, Permit]:
    """Return the Permits of this moment's epochs; raises Refused after any change (I-2)."""
    granted = gate.permits(item.learner.code, item.scopes, now=now).granted
    if not gate.covers(granted, item.scopes, item.epochs):
        raise Refused("no_grant")
    return granted


def moment_of(item: LabelItem, permits: Mapping[str, Permit]) -> Moment:
    begin, t1 = windows.span(item.cut)
    t0 = max(0.0, begin - BEFORE_S)
    found = tracks.read(item.sitting, permits.values(), t0, t1)
    traces = tuple(
        Trace(name, tuple(_lines(name, found.get(name), t0, t1))) for name in item.task.streams
    )
    return Moment(traces, t1 - t0, round(WIDTH * (begin - t0) / (t1 - t0), 1))


def _lines(name: str, track: Track | None, t0: float, t1: float) -> Iterator[Line]:
    stream = streams.stream(name)
    for channel in SHOWN[name]:
        column = stream.index(channel)
        unit = stream.channels[column].unit
        yield (
            Line(channel, unit, 0, 0, "")
            if track is None
            else _line(channel, unit, track, column, t0, t1)
        )


def _line(name: str, unit: str, track: Track, column: int, t0: float, t1: float) -> Line:
    there = track.mask[:, column]
    times, values = track.times[there], track.values[there, column].astype(float)
    if not len(times):
        return Line(name, unit, 0, 0, "")
    low, high = float(values.min()), float(values.max())
    x = WIDTH * (times - t0) / (t1 - t0)
    y = HEIGHT - HEIGHT * (values - low) / (high - low) if high > low else values * 0 + HEIGHT / 2
    breaks = np.diff(times, prepend=-np.inf) > JOINS * track.period_s
    steps = zip(x, y, breaks, strict=True)
    path = "".join(f"{'M' if new else 'L'}{px:.1f} {py:.1f}" for px, py, new in steps)
    return Line(name, unit, low, high, path)
