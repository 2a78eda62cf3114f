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
MAX_GAP_PERIODS = 3.0
WIDTH, HEIGHT = 640.0, 44.0


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One channel: its lowest and highest value, and its points as SVG paths with gaps.

    An empty path means that no data was sensed.
    """

    name: str
    unit: str
    low: float
    high: float
    path: str


@dataclass(frozen=True, slots=True)
class StreamTrace:
    """One stream of a moment: the lines of its channels."""

    stream: str
    lines: tuple[ChannelLine, ...]


@dataclass(frozen=True, slots=True)
class PlottedMoment:
    traces: tuple[StreamTrace, ...]
    seconds: float
    shade: float


@transaction.atomic
def open_moment(item: LabelItem, by: User, *, now: datetime) -> PlottedMoment:
    """Open a moment for a rater; raises Refused where its Learner no longer allows it."""
    permits = require_permits(item, now=now)
    audit.record("label.view", actor=by.code, subject=item.learner.code, public={"what": "moment"})
    return plot_moment(item, permits)


def require_permits(item: LabelItem, *, now: datetime) -> Mapping[str, Permit]:
    """Return the Permits of this moment's epochs; raises Refused after any change (I-2)."""
    granted = gate.permits(item.learner.code, item.scopes, now=now).granted
    if not gate.covers(granted, item.scopes, item.epochs):
        raise Refused("no_grant")
    return granted


def plot_moment(item: LabelItem, permits: Mapping[str, Permit]) -> PlottedMoment:
    begin, t1 = windows.span(item.cut)
    t0 = max(0.0, begin - BEFORE_S)
    found = tracks.read(item.sitting, permits.values(), t0, t1)
    traces = tuple(
        StreamTrace(name, tuple(_plot_channels(name, found.get(name), t0, t1)))
        for name in item.task.streams
    )
    return PlottedMoment(traces, t1 - t0, round(WIDTH * (begin - t0) / (t1 - t0), 1))


def _plot_channels(name: str, track: Track | None, t0: float, t1: float) -> Iterator[ChannelLine]:
    stream = streams.stream(name)
    for channel in stream.plotted:
        column = stream.index(channel)
        unit = stream.channels[column].unit
        yield (
            ChannelLine(channel, unit, 0, 0, "")
            if track is None
            else _plot_channel(channel, unit, track, column, t0, t1)
        )


def _plot_channel(
    name: str, unit: str, track: Track, column: int, t0: float, t1: float
) -> ChannelLine:
    there = track.mask[:, column]
    times, values = track.times[there], track.values[there, column].astype(float)
    if not len(times):
        return ChannelLine(name, unit, 0, 0, "")
    low, high = float(values.min()), float(values.max())
    x = WIDTH * (times - t0) / (t1 - t0)
    y = HEIGHT - HEIGHT * (values - low) / (high - low) if high > low else values * 0 + HEIGHT / 2
    breaks = np.diff(times, prepend=-np.inf) > MAX_GAP_PERIODS * track.period_s
    steps = zip(x, y, breaks, strict=True)
    path = "".join(f"{'M' if new else 'L'}{px:.1f} {py:.1f}" for px, py, new in steps)
    return ChannelLine(name, unit, low, high, path)
