"""Face features: action units weighted by the tracker's trust, head pose and motion, blinks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emotion.features.resampling import STEPS, Steps, average, spread
from emotion.streams import stream
from emotion.windows import Track

_FACE = stream("face")
_UNITS = tuple(channel.name for channel in _FACE.channels[:18])
_POSE = [_FACE.index(name) for name in ("yaw", "pitch", "roll")]
_KEPT = [*range(18), *_POSE, _FACE.index("z"), _FACE.index("blink")]

NAMES = (*_UNITS, "yaw", "pitch", "roll", "z", "blink", "head_motion")

# A tracker that cannot see a unit at all reports a confidence near 0.
LEAST_TRUST = 0.05


def features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 24): mean intensity of 18 action units (0-5), pose (rad), distance, blinks, head
    motion.

    Head motion in rad: the root of the summed variance of yaw, pitch and roll in the second.
    """
    values, mask = average(weight_units(track), t1, steps)
    motion = spread(track, t1, _POSE, steps)
    return Steps(
        np.concatenate([values[:, _KEPT], motion.values], axis=1).astype(np.float32),
        np.concatenate([mask[:, _KEPT], motion.mask], axis=1),
    )


def weight_units(track: Track) -> Track:
    """Return the Track with each action unit's intensity times the tracker's confidence in it.

    Confidence is the share of an intensity that is signal, so the product is the best linear guess
    of the true intensity about 0, the neutral face. A cheap webcam's brow thus counts for little
    instead of not at all.
    """
    trust = np.where(track.mask[:, 18:36], track.values[:, 18:36], np.float32(0))
    mask, values = track.mask.copy(), track.values.copy()
    mask[:, :18] &= trust >= LEAST_TRUST
    values[:, :18] = np.where(mask[:, :18], values[:, :18] * trust, np.float32(0))
    return replace(track, values=values, mask=mask)
