"""Face features: reliable action units, head pose and motion, blinks."""

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

# Below this confidence of the tracker an action unit counts as not seen.
TRUSTED = 0.5


def features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 24): mean intensity of 18 action units (0-5), pose (rad), distance, blinks, head
    motion.

    Head motion in rad: the root of the summed variance of yaw, pitch and roll in the second.
    """
    values, mask = average(_mask_untrusted(track), t1, steps)
    motion = spread(track, t1, _POSE, steps)
    return Steps(
        np.concatenate([values[:, _KEPT], motion.values], axis=1).astype(np.float32),
        np.concatenate([mask[:, _KEPT], motion.mask], axis=1),
    )


def _mask_untrusted(track: Track) -> Track:
    mask = track.mask.copy()
    confident = (track.values[:, 18:36] >= TRUSTED) & track.mask[:, 18:36]
    mask[:, :18] &= confident
    return replace(track, mask=mask)
