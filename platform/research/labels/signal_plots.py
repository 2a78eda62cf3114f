"""What a rater sees of one moment: lines of channels, what was done in the course, and the page.

It has no name, time of day, unit or estimate. It is read under live Permits of the epochs in
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
from estimates.inference.context_inputs import COURSE, ContextRequest
from research.labels import course_strip, page_boxes
from research.labels.course_strip import CourseStrip
from research.labels.page_boxes import LAYOUT, PageDrawing
from research.labels.time_axis import WIDTH, TimeAxis
from research.models import LabelItem
from telemetry import windows
from telemetry.blocks import tracks

# Earlier data is shown too: a moment is judged in its context.
BEFORE_S = 20.0
# The largest gap within a line, in sampling periods.
MAX_GAP_PERIODS = 3.0
HEIGHT = 44.0


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
    """What is shown of a moment; `asks_page` = the task shows the page, sensed or not."""

    traces: tuple[StreamTrace, ...]
    course: CourseStrip
    asks_page: bool
    page: PageDrawing | None
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
    granted = gate.permits(item.learner.code, [*item.scopes, COURSE], now=now).granted
    if not gate.covers(granted, item.scopes, item.epochs):
        raise Refused("no_grant")
    return granted


def plot_moment(item: LabelItem, permits: Mapping[str, Permit]) -> PlottedMoment:
    begin, t1 = windows.span(item.cut)
    axis = TimeAxis(max(0.0, begin - BEFORE_S), t1)
    found = tracks.read(item.sitting, permits.values(), axis.t0, t1)
    traces = tuple(
        StreamTrace(name, tuple(_plot_channels(name, found.get(name), axis)))
        for name in item.task.streams
        if streams.stream(name).plotted
    )
    request = ContextRequest(item.sitting, permits, axis.t0, t1)
    return PlottedMoment(
        traces,
        course_strip.load_strip(request, axis),
        LAYOUT in item.task.streams,
        _draw_page(item, permits, t1),
        axis.seconds,
        axis.place(begin),
    )


def _draw_page(item: LabelItem, permits: Mapping[str, Permit], t1: float) -> PageDrawing | None:
    """Return the page at the end of the moment; None unless the task and its Permits include it."""
    own = [permit for permit in permits.values() if permit.stream == LAYOUT]
    if LAYOUT not in item.task.streams or not own:
        return None
    found = tracks.read(item.sitting, own, max(0.0, t1 - page_boxes.REACH_S), t1)
    return page_boxes.draw_page(found.get(LAYOUT))


def _plot_channels(name: str, track: Track | None, axis: TimeAxis) -> Iterator[ChannelLine]:
    stream = streams.stream(name)
    for channel in stream.plotted:
        column = stream.index(channel)
        unit = stream.channels[column].unit
        yield (
            ChannelLine(channel, unit, 0, 0, "")
            if track is None
            else _plot_channel(channel, unit, track, column, axis)
        )


def _plot_channel(name: str, unit: str, track: Track, column: int, axis: TimeAxis) -> ChannelLine:
    there = track.mask[:, column]
    times, values = track.times[there], track.values[there, column].astype(float)
    if not len(times):
        return ChannelLine(name, unit, 0, 0, "")
    low, high = float(values.min()), float(values.max())
    x = WIDTH * (times - axis.t0) / axis.seconds
    y = HEIGHT - HEIGHT * (values - low) / (high - low) if high > low else values * 0 + HEIGHT / 2
    breaks = np.diff(times, prepend=-np.inf) > MAX_GAP_PERIODS * track.period_s
    steps = zip(x, y, breaks, strict=True)
    path = "".join(f"{'M' if new else 'L'}{px:.1f} {py:.1f}" for px, py, new in steps)
    return ChannelLine(name, unit, low, high, path)
