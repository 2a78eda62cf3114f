"""How often an hour a probability stays above a threshold, on simulated people: a rule's own scale.

Another model gives other probabilities for the same feelings. A rule therefore says how often an
hour it means to act, and the card of the model in use says which threshold that is.
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


def measure_rates(labels: Sequence[Affect], series: Iterable[Array]) -> dict[str, Any]:
    """Return the threshold of each signal for each rate and dwell.

    Parameters
    ----------
    series : iterable of (T, K)
        Probabilities of the labels in the successive Windows of each recording, one every `HOP_S`;
        0 where the model abstained.

    Returns
    -------
    dict
        "dwell_s" (D,), "per_hour" (R,), and "thresholds" by signal (R, D): the lowest from which on
        the signal holds for that long no more often than that.
    """
    signals = [add_signals(labels, proba) for proba in series]
    hours = sum(len(next(iter(each.values()))) for each in signals) * HOP_S / 3600
    thresholds = {
        name: _find_thresholds([each[name] for each in signals], hours) for name in signals[0]
    }
    return {"dwell_s": list(DWELLS_S), "per_hour": list(PER_HOUR), "thresholds": thresholds}


def add_signals(labels: Sequence[Affect], proba: Array) -> dict[str, Array]:
    """Return (T,) of each signal that rules may name: the states, and being engaged."""
    found = {label.lower(): proba[:, column] for column, label in enumerate(labels)}
    engaged = [column for column, label in enumerate(labels) if label in ENGAGED]
    return found | {ENGAGED_SIGNAL: proba[:, engaged].sum(axis=1)}


def count_episodes(values: Array, threshold: float, dwell_s: float) -> int:
    """Return how often (T,) stays at or above a threshold for `dwell_s`, each stretch once."""
    held = _hold_for(values, dwell_s) >= threshold
    return int(np.sum(held & ~np.concatenate([[False], held[:-1]]))) if len(held) else 0


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


def find_threshold(rates: Mapping[str, Any], signal: str, per_hour: float, dwell_s: float) -> float:
    """Return the threshold for at most `per_hour`, from the next lower rate and shorter dwell.

    1 for a rate below the lowest one that was measured.

    Raises
    ------
    KeyError
        If the card has no rates, or none of such a signal.
    """
    rows = rates["thresholds"][signal]
    lower = [n for n, rate in enumerate(rates["per_hour"]) if rate <= per_hour]
    shorter = [n for n, dwell in enumerate(rates["dwell_s"]) if dwell <= dwell_s]
    return float(rows[max(lower)][max(shorter)]) if lower and shorter else 1.0
