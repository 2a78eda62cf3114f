"""What happened in the course: answers, hints, rewinds and pace of the last minutes, and the scene.

Nothing here is sensed. A Predictor that reads it is no independent evidence of the same deeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.windows import Track

# Counts reach back this long, and a sign older than that says nothing of now (assumed).
RECENT_S = 120.0

Deed = Literal["wrong", "right", "hint", "rewind", "pause", "rate"]
COUNTED: tuple[Deed, ...] = ("wrong", "right", "hint", "rewind", "pause")
SCENARIOS = ("course", "test", "discussion")

CHANNELS = (
    *(f"log_{deed}s" for deed in COUNTED),
    "log_since_answer_s",
    "log_answer_s",
    "playback_rate",
    *(f"in_{scenario}" for scenario in SCENARIOS),
)
_SINCE, _TOOK, _RATE = (CHANNELS.index(n) for n in CHANNELS[len(COUNTED) : len(COUNTED) + 3])


class CourseDeed(NamedTuple):
    """Something a Learner did in the course.

    Attributes
    ----------
    t : float
        s since the Sitting began.
    deed : str
        One of `Deed`.
    value : float
        Of an answer the time it took, s, NaN if unknown; of "rate" the playback rate; else 0.
    """

    t: float
    deed: Deed
    value: float = 0.0


def course_track(deeds: Sequence[CourseDeed], scenario: str, t0: float, t1: float) -> Track:
    """Return the Track of a Window [t0, t1) s: one row a second, from the deeds before it ends.

    Parameters
    ----------
    deeds : sequence of CourseDeed
        Of this Sitting, in order of time; later ones are ignored.
    scenario : str
        One of `SCENARIOS`; a row of an unknown one has none of them.
    """
    times = np.arange(t0, t1)  # (T,)
    values = np.stack([_row(deeds, scenario, t + 1) for t in times.tolist()])  # (T, C)
    mask = ~np.isnan(values)
    return Track(np.where(mask, values, np.float32(0)), times, mask, 1.0, "course")


def _row(deeds: Sequence[CourseDeed], scenario: str, t: float) -> NDArray[np.float32]:
    """Return (C,) of all that happened before `t`."""
    row = np.full(len(CHANNELS), np.nan, np.float32)
    before = [each for each in deeds if each.t < t]
    for column, deed in enumerate(COUNTED):
        row[column] = np.log1p(sum(each.deed == deed and each.t >= t - RECENT_S for each in before))
    answers = [each for each in before if each.deed in ("wrong", "right")]
    if answers:
        row[_SINCE] = np.log1p(t - answers[-1].t)
        row[_TOOK] = np.log1p(answers[-1].value)
    rates = [each.value for each in before if each.deed == "rate"]
    row[_RATE] = rates[-1] if rates else 1.0
    row[_RATE + 1 :] = [scenario == known for known in SCENARIOS]
    return row
