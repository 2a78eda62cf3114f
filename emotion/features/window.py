"""Every Stream's features on the ten 1-s steps of a Window, with masks and quality."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.features import activity, course, face, gaze, heart, pointer, semantics, typing
from emotion.features import pulse_columns as pulse
from emotion.features.resampling import STEPS, Steps, hold, starts
from emotion.windows import Track, Window

Extract = Callable[[Track, float, int], Steps]


def _read_pulse(track: Track, t1: float, steps: int) -> Steps:
    from emotion.features.pulse import ppg_features

    return ppg_features(track, t1, steps)


def _read_heart_current(track: Track, t1: float, steps: int) -> Steps:
    from emotion.features.pulse import ecg_features

    return ecg_features(track, t1, steps)


_MODULES: Mapping[str, tuple[Extract, tuple[str, ...]]] = {
    "pointer": (pointer.features, pointer.NAMES),
    "typing": (typing.features, typing.NAMES),
    "activity": (activity.features, activity.NAMES),
    "face": (face.features, face.NAMES),
    "heart": (heart.features, heart.NAMES),
    "gaze": (gaze.features, gaze.NAMES),
    "ppg": (_read_pulse, pulse.NAMES),
    "ecg": (_read_heart_current, pulse.NAMES),
}
# Streams whose Track may begin before the Window: how long before its end, s.
REACHES: Mapping[str, float] = {"ppg": pulse.SPAN_S, "ecg": pulse.SPAN_S}
# Features in a device's units: only their difference from the opening is meaningful.
_RELATIVE: Mapping[str, tuple[str, ...]] = {"ppg": pulse.RELATIVE, "ecg": pulse.RELATIVE}
# A Window's context has no opening: what a course does is not compared with the Learner.
_CONTEXT: Mapping[str, tuple[str, ...]] = {
    "course": course.CHANNELS,
    "semantics": semantics.NAMES,
}

FROM_OPENING = "_from_opening"
# Each feature of a Stream itself, then its difference from the Learner's own opening.
NAMES: Mapping[str, tuple[str, ...]] = {
    **{
        name: (*names, *(f"{feature}{FROM_OPENING}" for feature in names))
        for name, (_, names) in _MODULES.items()
    },
    **_CONTEXT,
}
STREAMS, CONTEXT = tuple(_MODULES), tuple(_CONTEXT)


@dataclass(frozen=True, slots=True)
class StreamFeatures:
    """One Stream's features.

    Attributes
    ----------
    values : (T, F) float32
        T = 10 steps of 1 s, the last ends with the Window; 0 where masked. The second half of F is
        the first minus the Learner's opening.
    mask : (T, F) bool
        True = present.
    quality : float
        The Track's, 0-1.
    """

    values: NDArray[np.float32]
    mask: NDArray[np.bool_]
    quality: float


Features = Mapping[str, StreamFeatures]


def window_features(window: Window) -> dict[str, StreamFeatures]:
    """Return the features of every supported Stream of `window`, and of its context.

    Inputs without a row inside the Window are left out. The result is invariant to a shift of all
    times.
    """
    found = {}
    for name, track in _supported_tracks(window).items():
        steps = _mask_before(_MODULES[name][0](track, window.t1, STEPS), window)
        if steps.mask.any():
            values, mask = _add_difference(steps, window.opening.get(name))
            mask[:, _relative_columns(name)] = False
            values = np.where(mask, values, np.float32(0))
            found[name] = StreamFeatures(values, mask, track.quality)
    for name in window.context.keys() & _CONTEXT.keys():
        track = window.context[name]
        steps = _mask_before(hold(track, window.t1, STEPS), window)
        if steps.mask.any():
            found[name] = StreamFeatures(*steps, track.quality)
    return found


def opening(window: Window) -> dict[str, NDArray[np.float32]]:
    """Return each Stream's own mean of each feature (F,) over `window`, NaN if it had none.

    Parameters
    ----------
    window : Window
        A Sitting's first minute, [0, `OPENING_S`); pass the result to later Windows only.
    """
    found = {}
    for name, track in _supported_tracks(window).items():
        values, mask = _MODULES[name][0](track, window.t1, round(window.t1 - window.t0))
        count = mask.sum(axis=0)  # (F,)
        mean = np.where(mask, values, np.float32(0)).sum(axis=0) / np.maximum(count, 1)
        found[name] = np.where(count > 0, mean, np.nan).astype(np.float32)
    return found


def find_columns(stream: str, features: Sequence[str]) -> list[int]:
    """Return the columns of these features of a Stream, and of their differences."""
    wanted = {*features, *(f"{feature}{FROM_OPENING}" for feature in features)}
    return [column for column, name in enumerate(NAMES[stream]) if name in wanted]


def _supported_tracks(window: Window) -> dict[str, Track]:
    return {n: t for n, t in window.streams.items() if n in _MODULES and len(t.times)}


def _mask_before(steps: Steps, window: Window) -> Steps:
    """Mask the steps before the Window's start: the first cut of a Sitting has five."""
    mask = steps.mask & (starts(window.t1) >= window.t0)[:, None]
    return Steps(np.where(mask, steps.values, np.float32(0)), mask)


def _relative_columns(name: str) -> list[int]:
    return [NAMES[name].index(feature) for feature in _RELATIVE.get(name, ())]


def _add_difference(steps: Steps, usual: NDArray[np.float32] | None) -> Steps:
    """Return (T, 2F): the steps, and their difference from the opening where it is known."""
    if usual is None:
        usual = np.full(steps.values.shape[1], np.nan, np.float32)
    mask = steps.mask & ~np.isnan(usual)
    distance = np.where(mask, steps.values - np.nan_to_num(usual), np.float32(0))
    return Steps(
        np.concatenate([steps.values, distance], axis=1),
        np.concatenate([steps.mask, mask], axis=1),
    )
