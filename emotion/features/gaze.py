"""Gaze features: fixations, shifts, reading, blinks, all from changes of direction.

A webcam shows about a third of a turn of the eyes, off by some 10 degrees for each person. So no
feature is a place, and sizes are proxies, to be compared with the person's own opening. At 10 Hz a
saccade shows as a shift between two rows. Left and right are alike: reading from right to left has
the same features.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.features.resampling import STEPS, Steps, find_ends, make_masked, starts, sum_between
from emotion.signals.eye_movements import EyeMovements, detect_blinks, detect_eye_movements
from emotion.streams import stream
from emotion.windows import Track

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = dict[str, Array]

_GAZE = stream("gaze")
_ON_SCREEN, _QUALITY = _GAZE.index("on_screen"), _GAZE.index("quality")

NAMES = (
    "fixating",
    "log_fixation_s",
    "shifts",
    "log_shift_deg",
    "log_path_deg",
    "sideways",
    "sweeps",
    "log_spread_deg",
    "log_away_deg",
    "on_screen",
    "blinks",
    "blinking",
)

# Below this quality of the picture a direction counts as not seen. Assumed, as for the face.
TRUSTED = 0.5
# A second of which less was seen has no features. Assumed.
LEAST_SEEN = 0.5
# With rows further apart, shifts and blinks fall between them.
LONGEST_PERIOD_S = 0.125
# A smaller spread is below the resolution of the Stream's vectors.
FINEST_DEG = 0.05
# A return sweep undoes at least this share of itself of the way in the time before, and is at least
# twice as large as each shift of that way. Assumed; a line takes a reader two to three seconds.
LINE_S, UNDONE, SIDE = 1.5, 1 / 3, 2.0


# What is added up over the rows of each second.
_COLUMNS = (
    *("seen", "yaw", "pitch", "square", "screen", "screen_known", "fixation", "fixation_log"),
    *("shift", "shift_log", "path", "across", "parts", "sweep", "trusted", "blink", "blinking"),
)


class _Rows(NamedTuple):
    """Gaze by row: direction (N, 2) in deg, NaN if unknown; both eyes lost in a trusted picture."""

    angles: Array
    seen: Flags
    trusted: Flags
    lost: Flags


def features(track: Track, t1: float, steps: int = STEPS) -> Steps:
    """Return (T, 12): what the eyes did in each second.

    Share of rows in fixations; log of their duration (s); shifts a second; log of their size (deg)
    and of the way they went (deg/s); its share sideways; return sweeps a second; log of the spread
    (deg), and of the distance from the Window's median direction (deg); how likely the screen is
    looked at; blinks a second, and share of rows in them.
    """
    if len(track.times) < 2:
        return make_masked(len(NAMES), steps)
    table = np.zeros((len(_COLUMNS), len(track.times)))
    columns = dict(zip(_COLUMNS, table, strict=True))
    rows = _read_rows(track)
    moves = detect_eye_movements(track.times, rows.angles, track.period_s)
    _fill_fixations(columns, track, rows, moves)
    _fill_shifts(columns, track, rows, moves)
    _fill_directions(columns, track, rows)
    _fill_blinks(columns, track, rows)
    sums = sum_between(table.T, find_ends(track, t1, steps)).T  # (K, T)
    return _summarise(dict(zip(_COLUMNS, sums, strict=True)), track, t1, steps)


def _read_rows(track: Track) -> _Rows:
    """Return the direction where both eyes are known: one alone has another bias than both."""
    known = track.mask[:, :6]
    trusted = track.mask[:, _QUALITY] & (track.values[:, _QUALITY] >= TRUSTED)
    seen = known.all(axis=1) & trusted
    eyes = np.where(seen[:, None], track.values[:, :6], np.float32(np.nan)).astype(np.float64)
    x, y, z = (eyes[:, :3] + eyes[:, 3:]).T
    angles = np.degrees(np.stack([np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z))], axis=1))
    return _Rows(angles, seen, trusted, trusted & ~known.any(axis=1))


def _fill_fixations(columns: Columns, track: Track, rows: _Rows, moves: EyeMovements) -> None:
    """Write for each row whether it is in a fixation, and the log of that one's duration."""
    first, last = moves.fixations.T
    lasting = np.log(track.times[last] - track.times[first] + track.period_s)
    for begin, end, log in zip(first.tolist(), last.tolist(), lasting.tolist(), strict=True):
        columns["fixation"][begin : end + 1] = 1.0
        columns["fixation_log"][begin : end + 1] = log
    columns["fixation"] *= rows.seen
    columns["fixation_log"] *= rows.seen


def _fill_shifts(columns: Columns, track: Track, rows: _Rows, moves: EyeMovements) -> None:
    """Write, in the first row after each shift: 1, its size, its parts, and if it is a sweep."""
    at = moves.saccades[:, 1]
    across, down = np.abs(moves.turns.T)
    size = np.hypot(across, down)
    columns["shift"][at] = 1.0
    columns["shift_log"][at] = np.log(size)
    columns["path"][at] = size
    columns["across"][at] = across
    columns["parts"][at] = across + down
    columns["sweep"][at] = _find_sweeps(track, rows.angles, moves)


def _find_sweeps(track: Track, angles: Array, moves: EyeMovements) -> Flags:
    """Return (S,): one sideways shift that goes back on a way which took several.

    It needs none of the small shifts to be seen: at 10 Hz they are often below the noise.
    """
    begins, turned = track.times[moves.saccades[:, 0]], moves.turns[:, 0]
    line_s = LINE_S + track.period_s / 2  # between two rows, so that rounding changes nothing
    size, sign = np.abs(turned), np.sign(turned)
    start = np.searchsorted(track.times, begins - line_s)
    undone = (angles[start, 0] - angles[moves.saccades[:, 0], 0]) * sign
    earlier = begins[:, None] - begins  # (S, S)
    recent = (earlier > 0) & (earlier <= line_s)
    largest = np.where(recent, -turned * sign[:, None], 0.0).max(axis=1, initial=0.0)
    sideways = size >= SIDE * np.abs(moves.turns[:, 1])
    return np.asarray(sideways & (undone >= UNDONE * size) & (largest <= size / SIDE))


def _fill_directions(columns: Columns, track: Track, rows: _Rows) -> None:
    """Write for each row: seen, direction from the median, its square, how likely on the screen."""
    if rows.seen.any():
        angles = rows.angles[rows.seen]
        away = angles - _find_median(angles)
        columns["yaw"][rows.seen], columns["pitch"][rows.seen] = away.T
        columns["square"][rows.seen] = (away**2).sum(axis=1)
    there = track.mask[:, _ON_SCREEN] & rows.trusted
    columns["seen"][:] = rows.seen
    columns["screen"][there] = track.values[there, _ON_SCREEN]
    columns["screen_known"][:] = there


def _find_median(angles: Array) -> Array:
    """Return the median of each column, by partition, which is faster than numpy's own."""
    low, high = (len(angles) - 1) // 2, len(angles) // 2
    middle = np.partition(angles, (low, high), axis=0)
    return np.asarray((middle[low] + middle[high]) / 2)


def _fill_blinks(columns: Columns, track: Track, rows: _Rows) -> None:
    """Write for each row whether the picture is trusted, and whether a blink begins or lasts."""
    columns["trusted"][:] = rows.trusted
    for first, last in detect_blinks(track.times, rows.lost, track.period_s).tolist():
        columns["blink"][first] = 1.0
        columns["blinking"][first : last + 1] = 1.0


def _summarise(total: Columns, track: Track, t1: float, steps: int) -> Steps:
    """Return the features of each second from the sums of its rows, with masks."""
    seen, shifts, fixating = total["seen"], total["shift"], total["fixation"]
    seen_s, rows = seen * track.period_s, np.maximum(seen, 1)
    whole, fast = seen_s >= LEAST_SEEN, track.period_s <= LONGEST_PERIOD_S
    moving = whole & fast & (shifts > 0)
    watched = (total["trusted"] * track.period_s >= LEAST_SEEN) & fast
    lined = starts(t1, steps) - LINE_S > track.times[0] - track.period_s / 2
    yaw, pitch = total["yaw"] / rows, total["pitch"] / rows
    variance = np.maximum(total["square"] / rows - yaw**2 - pitch**2, 0.0)
    per_s = 1 / np.maximum(seen_s, track.period_s)
    table = (
        (fixating / rows, whole & fast),
        (total["fixation_log"] / np.maximum(fixating, 1), whole & fast & (fixating > 0)),
        (shifts * per_s, whole & fast),
        (total["shift_log"] / np.maximum(shifts, 1), moving),
        (np.log1p(total["path"] * per_s), whole & fast),
        (total["across"] / np.maximum(total["parts"], FINEST_DEG), moving),
        (total["sweep"] * per_s, whole & fast & lined),
        (np.log(np.maximum(np.sqrt(variance), FINEST_DEG)), whole & (seen >= 2)),
        (np.log1p(np.hypot(yaw, pitch)), whole),
        (total["screen"] / np.maximum(total["screen_known"], 1), total["screen_known"] > 0),
        (total["blink"] / np.maximum(total["trusted"] * track.period_s, LEAST_SEEN), watched),
        (total["blinking"] / np.maximum(total["trusted"], 1), watched),
    )
    values, mask = (np.stack(side, axis=1) for side in zip(*table, strict=True))
    return Steps(np.where(mask, values, 0.0).astype(np.float32), mask)
