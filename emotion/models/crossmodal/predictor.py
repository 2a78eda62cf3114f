"""Paper 1's system as a Predictor: probabilities of Affect labels of 10-s Windows, or ABSTAIN."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import CONTEXT, REACH_S, Card, Weights
from emotion.calibration.temperature import softmax
from emotion.features import window as features
from emotion.features.batch import Batch, mask_unfamiliar, mean_features, stack, standardise
from emotion.features.window import window_features
from emotion.models.base import (
    apply_threshold,
    forward,
    forward_without,
    restore_network,
    select_named,
    trace_path,
)
from emotion.models.normalization import unpack_standards
from emotion.models.protocol import (
    UNFAMILIAR,
    Hidden,
    Opening,
    Prediction,
    ReducedPrediction,
)
from emotion.windows import OPENING_S, Window

if TYPE_CHECKING:
    from torch import Tensor

# Windows in one forward pass: more is no faster and needs more memory.
TOGETHER = 64


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
        from emotion.models.crossmodal.network import Config

        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.streams: tuple[str, ...] = tuple(sorted(card["streams"]))
        self.context: tuple[str, ...] = tuple(sorted(card.get(CONTEXT, ())))
        self.reach_s = {
            n: float(known[REACH_S]) for n, known in card["streams"].items() if REACH_S in known
        }
        self.window_s, self.hop_s = float(card["window_s"]), float(card["hop_s"])
        self.standards = unpack_standards(weights)
        self._network = restore_network(Config(**card["network"]).build(), weights)

    def predict(self, windows: Sequence[Window]) -> Prediction:
        """Return probabilities, abstentions and reasons, in the order of `windows`."""
        return self.predict_without(windows, [()] * len(windows)).whole

    def predict_without(
        self, windows: Sequence[Window], hidden: Sequence[Hidden]
    ) -> ReducedPrediction:
        """Return the prediction, and probabilities with each choice of a Window's inputs hidden."""
        spans = [slice(at, at + TOGETHER) for at in range(0, len(windows), TOGETHER)]
        parts = [self._predict_batch(windows[span], hidden[span]) for span in spans]
        if not parts:
            empty = np.zeros((0, len(self.labels)), np.float32)
            return ReducedPrediction(Prediction(empty, np.zeros(0, bool), []), [])
        whole = Prediction(
            np.concatenate([part.whole.proba for part in parts]),
            np.concatenate([part.whole.abstain for part in parts]),
            [reasons for part in parts for reasons in part.whole.reasons],
        )
        return ReducedPrediction(whole, [rows for part in parts for rows in part.reduced])

    def opening(self, window: Window) -> Opening:
        """Return each Stream's own mean of each feature (F,), NaN if it had none."""
        return features.opening(window)

    def logits(self, batch: Batch) -> NDArray[np.float32]:
        """Return (N, K) logits of a standardised batch, before the temperature."""
        return forward(self._network, batch.values, batch.masks)

    def path(
        self, window: Window, label: str, stream: str, shares: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a Stream's standardised features (T, F), and slopes of P(label) on the way to
        them.

        Parameters
        ----------
        shares : (S,)
            Fractions of the way from the training mean (0) to this Window's values (1) of the
            Stream's features; all else is fixed.

        Returns
        -------
        (T, F) and (S, T, F)
            The features, 0 where masked, and at each fraction the slope of P(label) by them.
        """
        batch = standardise(self._batch_of(window), self.standards)
        column = self.labels.index(label)
        given = (batch.values, batch.masks, stream, slice(None), shares)
        return trace_path(self._network, *given, lambda x: self._chances(x)[:, column])

    def measure_changes(self, window: Window) -> dict[str, dict[str, float]]:
        """Return by Stream and feature the mean difference from the opening, in deviations.

        Features whose opening is not known are left out, as is a whole unfamiliar Stream.
        """
        batch = self._batch_of(window)
        found = {}
        for name in self.streams:
            means, known = mean_features(batch.values[name], batch.masks[name])
            half = means.shape[1] // 2
            changes = means[0, half:] / self.standards[name].deviation[half:]
            found[name] = {
                feature: float(change)
                for feature, change, there in zip(
                    features.NAMES[name], changes, known[0, half:], strict=False
                )
                if there
            }
        return found

    def hide_features(
        self, window: Window, choices: Sequence[Mapping[str, Sequence[str]]]
    ) -> NDArray[np.float64]:
        """Return the probabilities with each choice of features and differences hidden (N, K)."""
        batch = self._batch_of(window).rows(np.zeros(len(choices), np.int64))
        for row, hidden in enumerate(choices):
            for name, wanted in hidden.items():
                batch.masks[name][row][:, features.find_columns(name, wanted)] = False
        return self._proba(batch).astype(np.float64)

    def _batch_of(self, window: Window) -> Batch:
        seen, _ = select_named(self.card, window)
        return self._mask_unfamiliar(stack([window_features(seen)], list(self.standards)), [[]])

    def _predict_batch(
        self, windows: Sequence[Window], hidden: Sequence[Hidden]
    ) -> ReducedPrediction:
        seen = [select_named(self.card, window) for window in windows]
        left_out = [lost for _, lost in seen]
        found = [window_features(window) for window, _ in seen]
        batch = self._mask_unfamiliar(stack(found, list(self.standards)), left_out)
        choices = {names: n for n, names in enumerate(sorted(set().union(*hidden), key=sorted), 1)}
        proba = self._proba_without(batch, [frozenset(), *choices])  # (N, 1 + R, K)
        sensed = [batch.masks[name] for name in self.streams]
        nothing = ~np.any([mask.any(axis=(1, 2)) for mask in sensed], axis=0)
        sure, threshold = self._sureness(proba[:, 0]), self.card["threshold"]
        return ReducedPrediction(
            apply_threshold(proba[:, 0], sure, threshold, nothing, left_out),
            [
                rows[[choices[names] for names in each]]
                for rows, each in zip(proba, hidden, strict=True)
            ],
        )

    def _mask_unfamiliar(self, batch: Batch, left_out: list[list[str]]) -> Batch:
        """Mask whole Streams outside the training range, and record that."""
        seen, strange = mask_unfamiliar(batch, self.standards)
        for name, rows in strange.items():
            for row in np.flatnonzero(rows):
                left_out[row].append(f"{UNFAMILIAR}:{name}")
        return seen

    def _proba(self, batch: Batch) -> NDArray[np.float32]:
        return self._calibrate(self.logits(standardise(batch, self.standards)))

    def _proba_without(
        self, batch: Batch, hidden: Sequence[Collection[str]]
    ) -> NDArray[np.float32]:
        """Return (N, R, K): the probabilities with each choice of inputs hidden."""
        seen = standardise(batch, self.standards)
        logits = forward_without(self._network, seen.values, seen.masks, hidden)
        rows, choices, width = logits.shape
        return self._calibrate(logits.reshape(-1, width)).reshape(rows, choices, width)

    def _calibrate(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probabilities (N, K) of logits (N, K)."""
        return softmax(logits, self.card["temperature"]).astype(np.float32)

    def _chances(self, logits: Tensor) -> Tensor:
        """Return the probabilities from the network's own logits, for slopes."""
        return (logits / float(self.card["temperature"])).softmax(dim=1)

    def _sureness(self, proba: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N,): below the card's threshold it abstains."""
        return np.asarray(proba.max(axis=1))
