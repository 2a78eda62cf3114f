"""A filter that can be continued: any chunking gives the whole signal's causal result."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import signal as sp

from emotion.signals.filters import Array, Sos, check_rate, check_values, settled_state

# After a longer gap the filter's state is outdated.
GAP_S = 2.0
# Timestamps of Blocks jitter; a chunk earlier than this before its turn is a repetition.
JITTER_S = 0.25

_HEAD = struct.Struct("<4s8sdd?HH")
_MAGIC = b"ASF1"


@dataclass(frozen=True, slots=True)
class StreamState:
    """A filter's state between chunks.

    Attributes
    ----------
    zi : (S, 2) or (S, 2, C)
        Of each section; empty before the first sample.
    next_s : float
        When the next sample is due, s on the caller's clock.
    """

    zi: Array
    next_s: float


@dataclass(frozen=True, slots=True)
class FilteredChunk:
    """The result of one chunk: filtered (R,) or (R, C), and whether the filter was reset before
    it.
    """

    values: Array
    reset: bool


class StreamingFilter:
    """A causal filter over chunks of one signal.

    Parameters
    ----------
    sos : (S, 6)
        From `filters.design` or `filters.design_chain`, at the same rate.
    rate_hz : float
    state : StreamState, optional
        To continue from; see `pack` and `unpack_filter`.

    Examples
    --------
    >>> live = StreamingFilter(design(PPG, 64.0), 64.0)
    >>> filtered = live.push(chunk, t0=12.0).values
    """

    def __init__(self, sos: Sos, rate_hz: float, state: StreamState | None = None) -> None:
        self.sos = np.array(sos, np.float64)
        self.rate_hz = check_rate(rate_hz)
        self.state = state

    def push(self, chunk: ArrayLike, t0: float) -> FilteredChunk:
        """Filter the next samples (R,) or (R, C), the first of them at `t0` s.

        More than 2 s after the last sample the filter is reset, as before the first chunk. Shorter
        gaps are ignored, as if no samples were missing.

        Raises
        ------
        ValueError
            If a sample is not finite, the number of channels changes, or the chunk precedes what
            was already filtered. The state is then unchanged.
        """
        rows = check_values(chunk)
        if len(rows) == 0:
            return FilteredChunk(rows, reset=False)
        kept = self._find_state(t0)
        zi = settled_state(self.sos, rows[0]) if kept is None else kept.zi
        if zi.shape[2:] != rows.shape[1:]:
            raise ValueError(f"expected chunks of shape (R, {zi.shape[2:]}), got {rows.shape}")
        values, after = sp.sosfilt(self.sos, rows, axis=0, zi=zi)
        self.state = StreamState(np.asarray(after, np.float64), t0 + len(rows) / self.rate_hz)
        return FilteredChunk(np.asarray(values, np.float64), reset=kept is None)

    def pack(self) -> bytes:
        """Return the state as bytes, for `unpack_filter`. It contains traces of the last samples,
        so seal it.
        """
        if self.state is None:
            return _HEAD.pack(_MAGIC, _digest(self.sos), self.rate_hz, 0.0, False, 0, 0)
        zi = self.state.zi
        channels = zi.shape[2] if zi.ndim == 3 else 0
        head = (_MAGIC, _digest(self.sos), self.rate_hz, self.state.next_s, True, len(zi), channels)
        return _HEAD.pack(*head) + zi.astype("<f8").tobytes()

    def _find_state(self, t0: float) -> StreamState | None:
        """Return the state to continue from; None to reset."""
        if self.state is None or t0 - self.state.next_s > GAP_S:
            return None
        if t0 < self.state.next_s - JITTER_S:
            raise ValueError(f"expected samples from {self.state.next_s:.3f} s on, got {t0:.3f} s")
        return self.state


def unpack_filter(packed: bytes, sos: Sos, rate_hz: float) -> StreamingFilter:
    """Return the filter from `StreamingFilter.pack`.

    Raises
    ------
    ValueError
        If the bytes are damaged or come from another design or rate.
    """
    if len(packed) < _HEAD.size or packed[:4] != _MAGIC:
        raise ValueError("expected the packed state of a streaming filter")
    _, digest, rate, next_s, begun, sections, channels = _HEAD.unpack_from(packed)
    if digest != _digest(np.asarray(sos, np.float64)) or rate != rate_hz:
        raise ValueError("expected a state of the same design and rate")
    fresh = StreamingFilter(sos, rate_hz)
    if not begun:
        return fresh
    shape = (sections, 2, channels) if channels else (sections, 2)
    body = packed[_HEAD.size :]
    if len(body) != 8 * int(np.prod(shape)):
        raise ValueError(f"expected {8 * int(np.prod(shape))} bytes of state, got {len(body)}")
    zi = np.frombuffer(body, "<f8").reshape(shape).astype(np.float64)
    return StreamingFilter(sos, rate_hz, StreamState(zi, next_s))


def _digest(sos: Sos) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(sos).tobytes()).digest()[:8]
