"""Arousal from a wristband: P(stress) for the last minute of 90 s, or ABSTAIN.

It averages two models of the same features, one linear and one a forest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import REACH_S, Card, Weights
from emotion.features import wearable
from emotion.features.batch import UNFAMILIAR as MOST_OUTSIDE
from emotion.models.base import predict_reduced, select_named
from emotion.models.protocol import (
    SHORT,
    UNFAMILIAR,
    UNSURE,
    Hidden,
    Opening,
    Prediction,
    ReducedPrediction,
)
from emotion.models.wearable.forest import Forest, unpack_forest
from emotion.windows import Window

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# A forest's share of 0 or 1 is not certainty.
SMOOTHED = 0.02

# Standardised values beyond this are clipped: one extreme value should not dominate.
FARTHEST = 3.0


@dataclass(frozen=True, slots=True)
class WearableModel:
    """A trained model over D columns.

    Attributes
    ----------
    centre, scale : (D,)
        Standard of each column.
    lo, hi : (D,)
        Range of each column in training.
    group : (D,) int
        The Stream of a column.
    coefficients : (D,), intercept : float
    forest : Forest
    temperature : float
    """

    centre: Array
    scale: Array
    lo: Array
    hi: Array
    group: NDArray[np.int64]
    coefficients: Array
    intercept: float
    forest: Forest
    temperature: float

    def find_unfamiliar(self, rows: Array) -> Mask:
        """Return (N, groups): more than a fifth of a Stream's known columns are out of range."""
        outside = (rows < self.lo) | (rows > self.hi)  # False where NaN
        known = ~np.isnan(rows)
        groups = [self.group == number for number in range(int(self.group.max()) + 1)]
        return np.stack(
            [
                outside[:, own].sum(axis=1) > MOST_OUTSIDE * known[:, own].sum(axis=1)
                for own in groups
            ],
            axis=1,
        )

    def proba(self, rows: Array) -> Array:
        """Return (N,): calibrated P(stress) of rows (N, D), NaN where unknown."""
        known = standardise(rows, self.centre, self.scale)
        linear = known @ self.coefficients + self.intercept
        shares = self.forest.proba(known.astype(np.float32))
        return sigmoid(mean_logit(linear, shares) / self.temperature)

    def pack(self) -> dict[str, NDArray[np.float32]]:
        """Return the arrays of an artefact."""
        columns = ("centre", "scale", "lo", "hi", "group", "coefficients")
        arrays = {name: np.asarray(getattr(self, name), np.float32) for name in columns}
        return arrays | {"intercept": np.array([self.intercept], np.float32)} | self.forest.pack()


def standardise(rows: Array, centre: Array, scale: Array) -> Array:
    """Return (N, D) as (x - centre) / scale, clipped to ±3, 0 where unknown."""
    return np.clip(np.nan_to_num((rows - centre) / scale, nan=0.0), -FARTHEST, FARTHEST)


def mean_logit(linear: Array, shares: Array) -> Array:
    """Return (N,): the mean of the linear model's logit and the forest's."""
    forest = np.log((shares + SMOOTHED) / (1 - shares + SMOOTHED))
    return np.asarray((linear + forest) / 2)


def sigmoid(logit: Array) -> Array:
    """Return (N,): 1 / (1 + exp(-logit))."""
    return np.asarray(1 / (1 + np.exp(-logit)))


def unpack(weights: Weights, temperature: float) -> WearableModel:
    """Return the model from `WearableModel.pack`."""
    wide = {name: np.asarray(array, np.float64) for name, array in weights.items()}
    return WearableModel(
        centre=wide["centre"],
        scale=wide["scale"],
        lo=wide["lo"],
        hi=wide["hi"],
        group=wide["group"].astype(np.int64),
        coefficients=wide["coefficients"],
        intercept=float(wide["intercept"][0]),
        forest=unpack_forest(weights),
        temperature=temperature,
    )


def columns() -> tuple[str, ...]:
    """Return the D names: each Stream's features, less the opening, and less the minutes before."""
    return tuple(
        f"{stream}.{name}{suffix}"
        for stream in wearable.STREAMS
        for suffix in SUFFIXES
        for name in wearable.NAMES[stream]
    )


def groups() -> NDArray[np.int64]:
    """Return (D,): the number of each column's Stream."""
    sizes = [len(SUFFIXES) * len(wearable.NAMES[stream]) for stream in wearable.STREAMS]
    return np.repeat(np.arange(len(sizes)), sizes)


def make_row(found: Opening, usual: Opening, recent: Opening) -> Array:
    """Return (D,): features, less the opening's, and less the recent ones, NaN where unknown."""
    parts = []
    for stream in wearable.STREAMS:
        own, opening, before = (_get_values(each, stream) for each in (found, usual, recent))
        known = np.where([name in DEVICE_UNITS for name in _full(stream)], np.nan, own)
        parts += [known, own - opening, own - before]
    return np.concatenate(parts)


def _get_values(features: Opening, stream: str) -> Array:
    unknown = np.full(len(wearable.NAMES[stream]), np.nan)
    return np.asarray(features.get(stream, unknown), np.float64)


# What a feature is compared with: nothing, the opening, and the minutes before the Window.
SUFFIXES = ("", "_from_opening", "_from_recent")
# For these only differences are meaningful.
DEVICE_UNITS = frozenset({"ppg.log_height"})


def _full(stream: str) -> list[str]:
    return [f"{stream}.{name}" for name in wearable.NAMES[stream]]


class WearablePredictor:
    """A learned arousal artefact in use; its one label is P(stress), a kind of high arousal.

    Parameters
    ----------
    card : mapping
        As `emotion.artefacts` saves it.
    weights : mapping of arrays
        As `WearableModel.pack` gives them.
    """

    context: tuple[str, ...] = ()

    def __init__(self, card: Card, weights: Weights) -> None:
        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.streams: tuple[str, ...] = tuple(sorted(card["streams"]))
        self.window_s, self.hop_s = float(card["window_s"]), float(card["hop_s"])
        self.opening_s = float(card["opening_s"])
        self.reach_s = {name: float(known[REACH_S]) for name, known in card["streams"].items()}
        self._reader = unpack(weights, float(card["temperature"]))

    def predict_without(
        self, windows: Sequence[Window], hidden: Sequence[Hidden]
    ) -> ReducedPrediction:
        """Return the prediction, and probabilities with each choice of a Window's inputs hidden."""
        return predict_reduced(self, windows, hidden)

    def opening(self, window: Window) -> Opening:
        """Return this person's baseline by Stream, from a Sitting's [0, `opening_s`)."""
        return wearable.opening(window)

    def predict(self, windows: Sequence[Window]) -> Prediction:
        """Return P(stress) (N, 1), abstentions and reasons, in the order of `windows`."""
        if not windows:
            return Prediction(np.zeros((0, 1), np.float32), np.zeros(0, bool), [])
        found = [self._row(window) for window in windows]
        rows = np.stack([known for known, _ in found])
        strange = self._reader.find_unfamiliar(rows)  # (N, groups)
        rows = np.where(strange[:, self._reader.group], np.nan, rows)
        proba = self._reader.proba(rows)
        reasons = [
            self._reasons(window, chance, row_, odd, out)
            for window, chance, row_, odd, (_, out) in zip(
                windows, proba.tolist(), rows, strange, found, strict=True
            )
        ]
        abstain = np.array([said[:1] != () and said[0] in _WHY for said in reasons])
        return Prediction(proba[:, None].astype(np.float32), abstain, reasons)

    def _row(self, window: Window) -> tuple[Array, list[str]]:
        """Return the features (D,) of the card's Streams, and what was left out."""
        known, lost = select_named(self.card, window)
        if self._is_short(window):
            return np.full(len(columns()), np.nan), lost
        before = wearable.recent(known, max(self.reach_s.values()))
        return make_row(wearable.features(known), window.opening, before), lost

    def _is_short(self, window: Window) -> bool:
        return window.t1 - window.t0 < self.window_s - 1e-6

    def _reasons(
        self, window: Window, chance: float, known: Array, strange: Mask, out: Sequence[str]
    ) -> tuple[str, ...]:
        out = [*out, *(f"{UNFAMILIAR}:{wearable.STREAMS[n]}" for n in np.flatnonzero(strange))]
        if self._is_short(window) or not window.opening:
            return (SHORT, *out)
        if np.isnan(known).all():
            return (UNFAMILIAR, *out)
        if max(chance, 1 - chance) < self.card["threshold"]:
            return (UNSURE, *out)
        return tuple(out)


_WHY = frozenset({SHORT, UNFAMILIAR, UNSURE})
