"""Paper 1's system as a Predictor: probabilities of Affect labels of 10-s Windows, or ABSTAIN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Card, Weights
from emotion.calibrate import softmax
from emotion.features import window as features
from emotion.features.batch import Batch, stack, standardise, unfamiliar
from emotion.features.window import StreamFeatures, window_features
from emotion.predictors.prediction import (
    ANY_BACKEND,
    UNFAMILIAR,
    UNNAMED,
    UNSURE,
    Opening,
    Prediction,
)
from emotion.predictors.standards import unpack_standards
from emotion.windows import OPENING_S, Window

if TYPE_CHECKING:
    from emotion.networks.crossmodal import CrossModal

# Windows in one forward: more gains nothing and holds more memory.
TOGETHER = 256


class CrossModalPredictor:
    """A learned affect artefact in use.

    Parameters
    ----------
    card : mapping
        As `emotion.artefacts` saves it.
    weights : mapping of arrays
        The network's tensors as `network.<name>`; standards as `standard.<stream>.<part>`.
    """

    opening_s = OPENING_S

    def __init__(self, card: Card, weights: Weights) -> None:
        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.streams: tuple[str, ...] = tuple(sorted(card["streams"]))
        self.window_s, self.hop_s = float(card["window_s"]), float(card["hop_s"])
        self.standards = unpack_standards(weights)
        self._network = _network(card, weights)

    def predict(self, windows: Sequence[Window]) -> Prediction:
        """Return probabilities, abstentions and reasons, in the order of `windows`."""
        parts = [
            self._together(windows[at : at + TOGETHER]) for at in range(0, len(windows), TOGETHER)
        ]
        if not parts:
            return Prediction(np.zeros((0, len(self.labels)), np.float32), np.zeros(0, bool), [])
        return Prediction(
            np.concatenate([part.proba for part in parts]),
            np.concatenate([part.abstain for part in parts]),
            [reasons for part in parts for reasons in part.reasons],
        )

    def opening(self, window: Window) -> Opening:
        """Return each Stream's own mean of each feature (F,), NaN where it had none."""
        return features.opening(window)

    def logits(self, batch: Batch) -> NDArray[np.float32]:
        """Return (N, K) logits of a standardised batch, before the temperature."""
        return forward(self._network, batch)

    def _together(self, windows: Sequence[Window]) -> Prediction:
        named = [self._named(window) for window in windows]
        left_out = [list(reasons) for _, reasons in named]
        batch = self._familiar(stack([found for found, _ in named], list(self.standards)), left_out)
        proba = self._proba(batch)
        return self._judge(proba, batch, left_out)

    def _named(self, window: Window) -> tuple[dict[str, StreamFeatures], list[str]]:
        """Keep the Streams and backends that the card names."""
        known = {
            name: track
            for name, track in window.streams.items()
            if self._knows(name, track.backend)
        }
        unnamed = [f"{UNNAMED}:{name}" for name in window.streams if name not in known]
        return window_features(replace(window, streams=known)), unnamed

    def _knows(self, stream: str, backend: str) -> bool:
        named = self.card["streams"].get(stream)
        return named is not None and (
            ANY_BACKEND in named["backends"] or backend in named["backends"]
        )

    def _familiar(self, batch: Batch, left_out: list[list[str]]) -> Batch:
        """Mask whole Streams that lie outside the training range, and say so."""
        masks = dict(batch.masks)
        for name, known in self.standards.items():
            strange = unfamiliar(batch.values[name], batch.masks[name], known)  # (N,)
            masks[name] = batch.masks[name] & ~strange[:, None, None]
            for row in np.flatnonzero(strange):
                left_out[row].append(f"{UNFAMILIAR}:{name}")
        return Batch(batch.values, masks, batch.quality)

    def _proba(self, batch: Batch) -> NDArray[np.float32]:
        logits = self.logits(standardise(batch, self.standards))
        return softmax(logits, self.card["temperature"]).astype(np.float32)

    def _judge(
        self, proba: NDArray[np.float32], batch: Batch, left_out: list[list[str]]
    ) -> Prediction:
        nothing = ~np.any([mask.any(axis=(1, 2)) for mask in batch.masks.values()], axis=0)
        unsure = proba.max(axis=1) < self.card["threshold"]
        reasons = [
            (UNFAMILIAR, *out) if none else (UNSURE, *out) if low else tuple(out)
            for none, low, out in zip(nothing, unsure, left_out, strict=True)
        ]
        return Prediction(proba, nothing | unsure, reasons)


def forward(network: CrossModal, batch: Batch) -> NDArray[np.float32]:
    """Return (N, K) logits of a standardised batch."""
    import torch

    with torch.inference_mode():
        values = {name: torch.from_numpy(rows) for name, rows in batch.values.items()}
        masks = {name: torch.from_numpy(rows) for name, rows in batch.masks.items()}
        return np.asarray(network(values, masks).numpy(), dtype=np.float32)


def _network(card: Card, weights: Weights) -> CrossModal:
    import torch

    from emotion.networks.crossmodal import Config, CrossModal

    network = CrossModal(Config(**card["network"]))
    state = {
        key.removeprefix("network."): torch.from_numpy(value)
        for key, value in weights.items()
        if key.startswith("network.")
    }
    network.load_state_dict(state, strict=True)
    return network.eval()
