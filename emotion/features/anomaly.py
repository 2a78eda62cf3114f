"""Anomalies of one person's behaviour now, compared with the same person's earlier behaviour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion import streams
from emotion.features.wearable import resample_evenly
from emotion.signals import eda
from emotion.signals.quality import measure_eda_quality
from emotion.windows import HOP_S, WINDOW_S, Track

FEWEST_WINDOWS = 20
FEWEST_MINUTES = 3
_HIGH = 90.0
_MINUTE_S = 60.0
# A minute with less than this share that looks like skin is unusable.
_LEAST_SHARE = 0.5
_HESITATION = [c.name for c in streams.stream("pointer").channels].index("hesitation_s")


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Whether it is unusual, and the share (0-1) of the latest stretch with usable data."""

    is_so: bool
    quality: float


def hesitation(pointer: Track, t1: float) -> Anomaly | None:
    """Return whether the longest stop in the Window before `t1` exceeds nine in ten earlier ones.

    Parameters
    ----------
    pointer : Track
        The pointer's rows before `t1`, minutes of them.
    t1 : float
        End of the Window, s since the Sitting began.

    Returns
    -------
    Anomaly or None
        None if this Window has no stop, or fewer than `FEWEST_WINDOWS` earlier ones have one.
    """
    ends = np.arange(t1, pointer.times[0], -HOP_S)
    stops = [_longest_stop(pointer, end - WINDOW_S, end) for end in ends]
    # The previous Window overlaps this one by half, so it does not belong to the baseline.
    earlier = [stop for stop in stops[2:] if stop is not None]
    if stops[0] is None or len(earlier) < FEWEST_WINDOWS:
        return None
    inside = pointer.times >= t1 - WINDOW_S
    quality = min(1.0, float(inside.sum()) * pointer.period_s / WINDOW_S)
    return Anomaly(stops[0] > float(np.percentile(earlier, _HIGH)), quality)


def _longest_stop(pointer: Track, t0: float, t1: float) -> float | None:
    inside = (pointer.times >= t0) & (pointer.times < t1) & pointer.mask[:, _HESITATION]
    return float(pointer.values[inside, _HESITATION].max()) if inside.any() else None


def eda_rise(skin: Track, t1: float) -> Anomaly | None:
    """Return whether the minute before `t1` has more skin responses than usual.

    The threshold is the mean of the earlier whole minutes plus their standard deviation, and at
    least one response more than the mean: small counts vary by one without a cause.

    Returns
    -------
    Anomaly or None
        None if this minute is unusable, or fewer than `FEWEST_MINUTES` earlier ones are usable.
    """
    begins = np.arange(t1 - _MINUTE_S, skin.times[0] - skin.period_s, -_MINUTE_S)
    counts = [_responses(skin, begin) for begin in begins]
    earlier = [count for count, _ in counts[1:] if count is not None]
    if not counts or counts[0][0] is None or len(earlier) < FEWEST_MINUTES:
        return None
    usual = float(np.mean(earlier))
    return Anomaly(counts[0][0] > usual + max(1.0, float(np.std(earlier))), counts[0][1])


def _responses(skin: Track, t0: float) -> tuple[float | None, float]:
    """Return the responses in a minute, and the share of it that looks like skin."""
    part = (skin.times >= t0) & (skin.times < t0 + _MINUTE_S) & skin.mask.all(axis=1)
    if float(part.sum()) * skin.period_s < _LEAST_SHARE * _MINUTE_S:
        return None, 0.0
    rows, rate_hz = resample_evenly(skin, t0, t0 + _MINUTE_S)
    share = float(measure_eda_quality(rows[:, 0], rate_hz))
    if share < _LEAST_SHARE:
        return None, share
    return eda.find_responses(rows[:, 0], rate_hz).per_minute, share
