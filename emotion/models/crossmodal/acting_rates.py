"""How often an hour a probability stays above a threshold on simulated people, and is right then.

Another model gives other probabilities for the same feelings. A rule therefore says how often an
hour and how precisely it means to act. The model's card says which threshold that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emotion.labels import AFFECTS, ENGAGED, Affect
from emotion.windows import HOP_S

DWELLS_S = (0.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0)
PER_HOUR = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
THRESHOLDS = np.round(np.arange(0.02, 1.0, 0.01), 2)
ENGAGED_SIGNAL = "engaged"
# The signals that a card may have rates of.
RATED = frozenset({*(label.lower() for label in AFFECTS), ENGAGED_SIGNAL})

Array = NDArray[np.float64]
States = NDArray[np.int64]


def measure_rates(
    labels: Sequence[Affect], series: Iterable[tuple[Array, States]]
) -> dict[str, Any]:
    """Return the threshold of each signal for each rate and dwell, and its precision.

    Parameters
    ----------
    series : iterable of ((T, K), (T,))
        Probabilities of the labels in the successive Windows of each recording, one every `HOP_S`,
        0 where the model abstained; and the true states, as indices into `AFFECTS`.

    Returns
    -------
    dict
        "dwell_s" (D,), "per_hour" (R,), and "thresholds" by signal (R, D): the lowest from which on
        the signal holds for that long no more often than that. "precision" by signal (R, D): in
        which share of these times the state is there, at the end of the dwell; 0 without any.
    """
    pairs = list(series)
    signals = [add_signals(labels, proba) for proba, _ in pairs]
    states = [_add_states(true) for _, true in pairs]
    hours = sum(len(next(iter(each.values()))) for each in signals) * HOP_S / 3600
    thresholds = {
        name: _find_thresholds([each[name] for each in signals], hours) for name in signals[0]
    }
    precision = {
        name: _measure_precision(
            [(each[name], true[name]) for each, true in zip(signals, states, strict=True)], rows
        )
        for name, rows in thresholds.items()
    }
    return {
        "dwell_s": list(DWELLS_S),
        "per_hour": list(PER_HOUR),
        "thresholds": thresholds,
        "precision": precision,
    }


def add_signals(labels: Sequence[Affect], proba: Array) -> dict[str, Array]:
    """Return (T,) of each signal that rules may name: the states, and being engaged."""
    found = {label.lower(): proba[:, column] for column, label in enumerate(labels)}
    engaged = [column for column, label in enumerate(labels) if label in ENGAGED]
    return found | {ENGAGED_SIGNAL: proba[:, engaged].sum(axis=1)}


def _add_states(true: States) -> dict[str, NDArray[np.bool_]]:
    """Return (T,) for each signal: whether it is right."""
    found = {label.lower(): true == place for place, label in enumerate(AFFECTS)}
    engaged = [place for place, label in enumerate(AFFECTS) if label in ENGAGED]
    return found | {ENGAGED_SIGNAL: np.isin(true, engaged)}


def count_episodes(values: Array, threshold: float, dwell_s: float) -> int:
    """Return how often (T,) stays at or above a threshold for `dwell_s`, each stretch once."""
    return len(_find_episodes(values, threshold, dwell_s))


def _find_episodes(values: Array, threshold: float, dwell_s: float) -> NDArray[np.int64]:
    """Return for each stretch the Window in which the dwell is over."""
    held = _hold_for(values, dwell_s) >= threshold
    begins = np.flatnonzero(held & ~np.concatenate([[False], held])[:-1])
    return begins + len(values) - len(held)


def _hold_for(values: Array, dwell_s: float) -> Array:
    """Return the least of each `dwell_s` of (T,), in order."""
    width = 1 + int(np.ceil(dwell_s / HOP_S))
    if len(values) < width:
        return np.zeros(0)
    return np.asarray(sliding_window_view(values, width).min(axis=1))


def _find_thresholds(series: Sequence[Array], hours: float) -> list[list[float]]:
    """Return (R, D)."""
    rates = np.array([[_rate(series, t, d, hours) for d in DWELLS_S] for t in THRESHOLDS])  # (N, D)
    # From the top down, as a low threshold holds all the time and so counts as one stretch.
    most = np.maximum.accumulate(rates[::-1], axis=0)[::-1]
    return [
        [_lowest(most[:, column] <= target) for column in range(len(DWELLS_S))]
        for target in PER_HOUR
    ]


def _rate(series: Sequence[Array], threshold: float, dwell_s: float, hours: float) -> float:
    return sum(count_episodes(each, threshold, dwell_s) for each in series) / hours


def _measure_precision(
    pairs: Sequence[tuple[Array, NDArray[np.bool_]]], thresholds: Sequence[Sequence[float]]
) -> list[list[float]]:
    """Return (R, D)."""
    return [
        [
            _precision(pairs, threshold, dwell)
            for threshold, dwell in zip(row, DWELLS_S, strict=True)
        ]
        for row in thresholds
    ]


def _precision(
    pairs: Sequence[tuple[Array, NDArray[np.bool_]]], threshold: float, dwell_s: float
) -> float:
    right = [true[_find_episodes(values, threshold, dwell_s)] for values, true in pairs]
    found = np.concatenate(right) if right else np.zeros(0)
    return round(float(found.mean()), 2) if len(found) else 0.0


def _lowest(fits: NDArray[np.bool_]) -> float:
    return float(THRESHOLDS[int(np.argmax(fits))]) if fits.any() else 1.0


def match_rates(
    rates: Mapping[str, Any], before: Mapping[str, Array], after: Mapping[str, Array]
) -> dict[str, Any]:
    """Return a model's rates, moved to another model that sees the same Windows.

    Each threshold becomes the lowest that no more of these Windows reach. The Windows need not
    follow each other, so that how long a state lasts is taken from the first model.

    Parameters
    ----------
    before, after : mapping from signal to (N,)
        Probabilities of the first and of the other model, as `add_signals` gives them.
    """
    thresholds = {
        name: _match_thresholds(np.array(rows), before[name], after[name]).tolist()
        for name, rows in rates["thresholds"].items()
    }
    return {**rates, "thresholds": thresholds}


def _match_thresholds(rows: Array, before: Array, after: Array) -> Array:
    """Return (R, D)."""
    reached = np.mean(after[:, None] >= THRESHOLDS, axis=0)  # (N,), falling
    shares = np.mean(before[:, None, None] >= rows, axis=0)  # (R, D)
    fits = reached <= shares[..., None]
    found = np.where(fits.any(axis=-1), THRESHOLDS[fits.argmax(axis=-1)], 1.0)
    # What no Window reached is not known to be nearer now.
    return np.where(shares > 0, found, np.maximum(found, rows))


def find_threshold(
    rates: Mapping[str, Any], signal: str, per_hour: float, dwell_s: float, precision: float
) -> float:
    """Return the threshold for at most `per_hour`, from the highest rate that is so precise.

    The rate and the dwell are the next lower ones that were measured. 1 if none is so low, or none
    so precise.

    Raises
    ------
    KeyError
        If the card has no rates, or none of such a signal.
    """
    rows, right = rates["thresholds"][signal], rates["precision"][signal]
    lower = [n for n, rate in enumerate(rates["per_hour"]) if rate <= per_hour]
    shorter = [n for n, dwell in enumerate(rates["dwell_s"]) if dwell <= dwell_s]
    if not shorter:
        return 1.0
    column = max(shorter)
    precise = [n for n in lower if right[n][column] >= precision]
    return float(rows[max(precise)][column]) if precise else 1.0
