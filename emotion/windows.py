"""Windows: cuts of time over all Streams, each a Track of values with masks and quality."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from emotion.streams import Stream

WINDOW_S = 10.0
HOP_S = 5.0

# The first minute of a Sitting gives this Learner's baseline of the day.
OPENING_S = 60.0

# An event row (a heart beat, a report each second) is valid for this long at most.
EVENT_HOLDS_S = 2.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one Stream from one Block.

    Attributes
    ----------
    t0 : float
        Time of the first row, s since the Sitting began. A row covers the time from its own
        timestamp to the next row's.
    rate_hz : float
        Rows a second; 0 if the first column is the row's time.
    values : (R, C) float32
        In the channels' units; NaN = missing.
    backend : str
        What produced the rows; "" if unknown.
    """

    t0: float
    rate_hz: float
    values: NDArray[np.float32]
    backend: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """One Stream inside a Window.

    Attributes
    ----------
    values : (T, C) float32
        In the channels' units; 0 where masked.
    times : (T,) float64
        Start of each row, s since the Sitting began, not decreasing.
    mask : (T, C) bool
        True = present and inside the channel's range.
    quality : float
        0-1: share of rows received, times share in range, times the sensor's own quality.
    backend : str
        What produced the rows ("human", "simulated", a device); "" if unknown.
    period_s : float
        Time that one row covers, s.
    """

    values: NDArray[np.float32]
    times: NDArray[np.float64]
    mask: NDArray[np.bool_]
    quality: float
    backend: str
    period_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """Time [t0, t1), s since the Sitting began, over the Streams that arrived.

    Attributes
    ----------
    streams : mapping from stream to Track
        What was sensed about the Learner.
    opening : mapping from stream to (F,) float32
        The Learner's own mean of each feature in the first minute of this Sitting, NaN if unknown,
        as `emotion.features.window.opening` gives it; empty before that minute is over.
    context : mapping from name to Track
        What the course did meanwhile (`emotion.features.course`, `emotion.features.semantics`).
        Nothing in it is sensed, so it only accompanies streams: without one there is no estimate.
    """

    t0: float
    t1: float
    streams: Mapping[str, Track] = field(default_factory=dict)
    opening: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    context: Mapping[str, Track] = field(default_factory=dict)

    @property
    def inputs(self) -> Mapping[str, Track]:
        """Return the Tracks of streams and context together."""
        return {**self.streams, **self.context}

    def select(self, names: Collection[str]) -> Window:
        """Return the Window with these inputs alone."""
        streams, context = (
            {name: track for name, track in part.items() if name in names}
            for part in (self.streams, self.context)
        )
        return replace(self, streams=streams, context=context)


def span(cut: int) -> tuple[float, float]:
    """Return [t0, t1) in s of cut number `cut`: 10 s every 5 s, clipped at the Sitting's start."""
    if cut < 0:
        raise ValueError(f"expected a cut of 0 or more, got {cut}")
    return max(0.0, HOP_S * cut - HOP_S), HOP_S * cut + HOP_S


def select_backend(chunks: Iterable[Chunk], t1: float) -> tuple[list[Chunk], str]:
    """Return the chunks of the backend of the newest chunk before `t1`, and its code.

    Two devices measure the same thing differently, so a Track never mixes their rows.
    """
    before = sorted((chunk for chunk in chunks if chunk.t0 < t1), key=lambda chunk: chunk.t0)
    newest = before[-1].backend if before else ""
    return [chunk for chunk in before if chunk.backend == newest], newest


def make_track(
    stream: Stream, chunks: Sequence[Chunk], *, t0: float, t1: float, backend: str
) -> Track:
    """Join a Stream's chunks, mask what is missing or out of range, and cut to [t0, t1).

    Parameters
    ----------
    chunks : sequence of Chunk
        In any order; those outside the Window are ignored.
    t0, t1 : float
        Window, s since the Sitting began.

    Returns
    -------
    Track
        Rows whose time overlaps [t0, t1); empty (T = 0, quality 0) if none does.

    Raises
    ------
    ValueError
        If a chunk has another number of channels than the Stream.
    """
    times, values = _join(stream, chunks)
    period_s = _period_s(stream, chunks)
    return cut_track(stream, times, values, t0=t0, t1=t1, backend=backend, period_s=period_s)


def cut_track(
    stream: Stream,
    times: NDArray[np.float64],
    values: NDArray[np.float32],
    *,
    t0: float,
    t1: float,
    backend: str,
    period_s: float,
) -> Track:
    """Cut rows (N, C) at `times` (N,), which do not decrease, to the Track of [t0, t1)."""
    keep = slice(
        int(np.searchsorted(times, t0 - period_s, side="right")),
        int(np.searchsorted(times, t1, side="left")),
    )
    times, values = times[keep], values[keep]
    mask = mask_present(stream, values)
    quality = _quality(stream, times, values, mask, t0=t0, t1=t1, period_s=period_s)
    filled = np.where(mask, values, np.float32(0))
    return Track(filled, times, mask, quality, backend, period_s)


def mask_present(stream: Stream, values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (T, C), True where a value is a number inside its channel's lo-hi."""
    lo, hi = stream.limits()
    return np.asarray((values >= lo) & (values <= hi))  # NaN compares False


def _period_s(stream: Stream, chunks: Sequence[Chunk]) -> float:
    if stream.events:
        return EVENT_HOLDS_S
    rates = [chunk.rate_hz for chunk in chunks if chunk.rate_hz > 0]
    return 1.0 / (rates[0] if rates else stream.rate_hz or 1.0)


def _join(
    stream: Stream, chunks: Sequence[Chunk]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    width = len(stream.channels)
    for chunk in chunks:
        if chunk.values.ndim != 2 or chunk.values.shape[1] != width:
            raise ValueError(f"{stream.name}: expected (R, {width}), got {chunk.values.shape}")
    times = [np.empty(0), *(_times(chunk) for chunk in chunks)]
    values = [np.empty((0, width), np.float32), *(chunk.values for chunk in chunks)]
    joined = np.concatenate(times)
    order = np.argsort(joined, kind="stable")
    return joined[order], np.concatenate(values).astype(np.float32, copy=False)[order]


def _times(chunk: Chunk) -> NDArray[np.float64]:
    if chunk.rate_hz == 0:
        return chunk.values[:, 0].astype(np.float64)
    return chunk.t0 + np.arange(len(chunk.values)) / chunk.rate_hz


def _quality(
    stream: Stream,
    times: NDArray[np.float64],
    values: NDArray[np.float32],
    mask: NDArray[np.bool_],
    *,
    t0: float,
    t1: float,
    period_s: float,
) -> float:
    """Return coverage × share in range × the sensor's own mean quality, each 0-1."""
    if len(times) == 0:
        return 0.0
    in_range = 1.0 - float(np.mean(~mask & ~np.isnan(values)))
    return _coverage(times, t0, t1, period_s) * in_range * _own_quality(stream, values, mask)


def _coverage(times: NDArray[np.float64], t0: float, t1: float, period_s: float) -> float:
    ends = np.minimum(np.append(times[1:], np.inf), times + period_s)
    covered = np.minimum(ends, t1) - np.maximum(times, t0)
    return float(np.clip(covered.clip(0).sum() / (t1 - t0), 0.0, 1.0))


def _own_quality(stream: Stream, values: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    for name in ("quality", "contact"):
        column = [i for i, channel in enumerate(stream.channels) if channel.name == name]
        if column and mask[:, column[0]].any():
            return float(values[mask[:, column[0]], column[0]].mean())
    return 1.0
