"""A Predictor that runs an exported graph on one thread, with numpy and onnxruntime only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion.artefacts import CARD, BrokenArtefact, Card
from emotion.edge import DIGEST, FILE
from emotion.features import window as features
from emotion.features.batch import Batch, stack
from emotion.features.window import StreamFeatures, window_features
from emotion.models.base import apply_threshold, by_stream, select_named
from emotion.models.protocol import UNFAMILIAR, Opening, Prediction
from emotion.windows import OPENING_S, Window
from tests.oracles.edge.runtime import onnxruntime


class EdgePredictor:
    """An exported affect artefact in use; gives the same answers as the artefact's own Predictor.

    Parameters
    ----------
    card : mapping
        As `emotion.artefacts` saves it.
    exported : bytes
        The graph, as `emotion.edge.export` writes it.
    """

    opening_s = OPENING_S
    context, reach_s = (), {}

    def __init__(self, card: Card, exported: bytes) -> None:
        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.streams: tuple[str, ...] = tuple(sorted(card["streams"]))
        self.window_s, self.hop_s = float(card["window_s"]), float(card["hop_s"])
        self._session = onnxruntime.InferenceSession(
            exported, _make_session_options(), providers=["CPUExecutionProvider"]
        )
        inputs = [each.name for each in self._session.get_inputs()]
        self._inputs = [n.removesuffix("_values") for n in inputs if n.endswith("_values")]

    @property
    def digest(self) -> str:
        """The digest of the graph's artefact, as in its folder's name."""
        return str(self._session.get_modelmeta().custom_metadata_map.get(DIGEST, ""))

    def predict(self, windows: Sequence[Window]) -> Prediction:
        """Return probabilities, abstentions and reasons, in the order of `windows`."""
        if not windows:
            return Prediction(np.zeros((0, len(self.labels)), np.float32), np.zeros(0, bool), [])
        seen = [select_named(self.card, window) for window in windows]
        batch = stack(by_stream([window for window, _ in seen], _features), self._inputs)
        proba, used = self._session.run(["proba", "used"], self._make_inputs(batch))
        left_out = [lost for _, lost in seen]
        for column, name in enumerate(self._inputs):
            came = batch.masks[name].any(axis=(1, 2))
            for row in np.flatnonzero(came & ~used[:, column]):
                left_out[row].append(f"{UNFAMILIAR}:{name}")
        nothing = ~used.any(axis=1)
        return apply_threshold(proba, proba.max(axis=1), self.card["threshold"], nothing, left_out)

    def opening(self, window: Window) -> Opening:
        """Return each Stream's own mean of each feature (F,), NaN if it had none."""
        return features.opening(window)

    def _make_inputs(self, batch: Batch) -> dict[str, np.ndarray]:
        values = {f"{name}_values": batch.values[name] for name in self._inputs}
        return values | {f"{name}_mask": batch.masks[name] for name in self._inputs}


def load(folder: Path) -> EdgePredictor:
    """Return the Predictor of an artefact's folder, which may lack the weights.

    Raises
    ------
    BrokenArtefact
        If card, graph and the folder's name do not belong to one artefact.
    """
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    predictor = EdgePredictor(card, (folder / FILE).read_bytes())
    name, digest = folder.resolve().name, str(card.get("digest", ""))
    if not predictor.digest == digest[:12] == name.rpartition("-")[2]:
        raise BrokenArtefact(
            f"{name}: expected the graph of {digest[:12]}, got that of {predictor.digest}"
        )
    return predictor


def _make_session_options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False
    return options


def _features(window: Window, name: str) -> StreamFeatures | None:
    return window_features(window).get(name)
