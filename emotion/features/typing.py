"""Typing features: counts by kind of key and their rhythm, never the keys themselves."""

from __future__ import annotations

import numpy as np

from emotion.features.resampling import STEPS, Steps, hold
from emotion.windows import Track

NAMES = (
    "log_chr",
    "log_edit",
    "log_nav",
    "log_ctl",
    "log_dwell_mean",
    "log_dwell_sd",
    "log_dwell_p90",
    "log_flight_mean",
    "log_flight_sd",
    "log_flight_p90",
    "log_pauses",
    "log_bursts",
    "edit_share",
)


def features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 13): log(1 + x) of the channels and the share of editing keys among all."""
    values, mask = hold(track, t1, steps)
    keys = values[:, :4].sum(axis=1, keepdims=True)  # (T, 1)
    share = values[:, 1:2] / np.maximum(keys, 1)
    counted = mask[:, :4].all(axis=1, keepdims=True) & (keys > 0)
    joined = np.concatenate([np.log1p(np.maximum(values, 0)), np.where(counted, share, 0)], axis=1)
    return Steps(joined.astype(np.float32), np.concatenate([mask, counted], axis=1))
