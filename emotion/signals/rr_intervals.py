"""Intervals between beats, and which of them are reliable."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import median_filter

from emotion.signals.filters import Array

# 30 to 200 bpm: outside, a beat was missed or invented.
SHORTEST_S, LONGEST_S = 0.3, 2.0
# An interval this far from the median of its neighbours is a missed beat, an extra beat or noise.
GATE = 0.25
# A beat whose shape correlates less with the median beat's is unreliable.
ALIKE = 0.8
_NEIGHBOURS = 11


@dataclass(frozen=True, slots=True)
class Intervals:
    """The intervals of one stretch of a signal.

    Attributes
    ----------
    end_s : (N,)
        When each ends, s after the stretch began.
    length_s : (N,)
        NaN if the device reported none.
    good : (N,) bool
        True if both beats look like beats and the length is plausible among its neighbours.
    likeness : (N,)
        The smaller likeness of its two beats to the median beat, -1 to 1.
    span_s : float
        Length of the stretch.
    """

    end_s: Array
    length_s: Array
    good: NDArray[np.bool_]
    likeness: Array
    span_s: float

    def select_likeness(self, least: float) -> Intervals:
        """Return the same intervals with a minimum likeness for good ones."""
        return replace(self, good=self.good & (self.likeness >= least))

    @property
    def quality(self) -> float:
        """0-1: the share of the stretch covered by good intervals.

        The time of one interval is excluded: that before the first beat and after the last.
        """
        if not self.good.any():
            return 0.0
        lengths = self.length_s[self.good]
        rest = self.span_s - float(np.median(lengths))
        return float(np.clip(lengths.sum() / rest, 0, 1)) if rest > 0 else 0.0


def from_beats(beats_s: ArrayLike, likeness: ArrayLike, span_s: float) -> Intervals:
    """Return the N - 1 intervals between N beats.

    Parameters
    ----------
    beats_s : (N,)
        Increasing times, s after the stretch began.
    likeness : (N,)
        Of each beat, -1 to 1: `quality.measure_likeness`. Below 0.8 neither of its intervals is
        good.
    span_s : float
        Length of the stretch.
    """
    beats, alike = np.asarray(beats_s, np.float64), np.asarray(likeness, np.float64)
    lengths, least = np.diff(beats), np.minimum(alike[1:], alike[:-1])
    return Intervals(beats[1:], lengths, find_plausible(lengths) & (least >= ALIKE), least, span_s)


def from_lengths(length_s: ArrayLike, span_s: float | None = None) -> Intervals:
    """Return intervals from consecutive lengths (N,) of a device, in s; NaN if one is missing.

    `span_s` is the length of their stretch; by default their sum.
    """
    lengths = np.asarray(length_s, np.float64)
    known = np.isfinite(lengths)
    typical = float(np.median(lengths[known])) if known.any() else 0.0
    ends = np.cumsum(np.where(known, lengths, typical))
    whole = float(ends[-1]) if span_s is None and len(ends) else span_s or 0.0
    return Intervals(ends, lengths, find_plausible(lengths), np.ones(len(lengths)), whole)


def find_plausible(length_s: Array) -> NDArray[np.bool_]:
    """Return (N,): True if a length is possible and within 25 % of its neighbours' median."""
    possible = (length_s >= SHORTEST_S) & (length_s <= LONGEST_S)
    if not possible.any():
        return possible
    usual = median_filter(length_s[possible], size=_NEIGHBOURS, mode="nearest")
    near = np.abs(length_s[possible] / usual - 1) <= GATE
    found = possible.copy()
    found[possible] = near
    return found
