"""Paper 2's system as a Predictor: high valence and high arousal of clips of one to 2.5 minutes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Card, Weights
from emotion.features import clip
from emotion.features.batch import FARTHEST, Standard, find_unfamiliar
from emotion.features.resampling import Steps
from emotion.models.base import (
    apply_threshold,
    forward_without,
    list_reduced,
    restore_network,
    select_named,
    trace_path,
)
from emotion.models.normalization import unpack_standards
from emotion.models.protocol import (
    SHORT,
    UNFAMILIAR,
    Hidden,
    Opening,
    Prediction,
    ReducedPrediction,
)
from emotion.windows import Window

# Paper 2's clips are no shorter.
SHORTEST_S = 60.0
# Clips in one forward pass: at the full rate more would need hundreds of megabytes.
TOGETHER = 4

HEARTS = ("ppg", "ecg")
# Video Streams, whose every step is standardised, and their numbers of features.
SIDES = {"face": 2 * clip.UNITS, "gaze": clip.GAZE}
# The network input of each Stream, its columns there, and its steps per second.
_VIDEO, _PHYSIOLOGY = ("video", clip.VIDEO_HZ), ("physiology", clip.PHYSIOLOGY_HZ)
INPUTS: Mapping[str, tuple[str, float, Sequence[int]]] = {
    "face": (*_VIDEO, range(2 * clip.UNITS)),
    "gaze": (*_VIDEO, range(2 * clip.UNITS, 2 * clip.UNITS + clip.GAZE)),
    **{name: (*_PHYSIOLOGY, [0]) for name in HEARTS},
    "eda": (*_PHYSIOLOGY, [1]),
}


class ClipFeatures(NamedTuple):
    """Features of a Window by Stream, before standardisation; and the Streams left out."""

    streams: dict[str, Steps]
    left_out: list[str]


class MvpPredictor:
    """A learned MVP in use.

    Parameters
    ----------
    card : mapping
        As `emotion.artefacts` saves it; below the probability `threshold` for the more certain
        level it is "unsure".
    weights : mapping of arrays
        The network's tensors as `network.<name>`; `standard.<stream>.<part>` of each step of face
        (36) and gaze (6), and of the shape (3) of ppg, ecg and eda.
    """

    opening_s = 0.0
    context: tuple[str, ...] = ()
    reach_s: Mapping[str, float] = {}

    def __init__(self, card: Card, weights: Weights) -> None:
        from emotion.models.mvp.network import Config

        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.streams: tuple[str, ...] = tuple(sorted(card["streams"]))
        self.window_s, self.hop_s = float(card["window_s"]), float(card["hop_s"])
        self.standards = unpack_standards(weights)
        self.config = Config(**card["network"])
        self._network = restore_network(self.config.build(), weights)

    def predict(self, windows: Sequence[Window]) -> Prediction:
        """Return P(high) of each label, abstentions and reasons, in the order of `windows`."""
        return self.predict_without(windows, [()] * len(windows)).whole

    def predict_without(
        self, windows: Sequence[Window], hidden: Sequence[Hidden]
    ) -> ReducedPrediction:
        """Return the prediction, and probabilities with each choice of a Window's inputs hidden."""
        if not windows:
            empty = np.zeros((0, len(self.labels)), np.float32)
            return ReducedPrediction(Prediction(empty, np.zeros(0, bool), []), [])
        seen = [self._select_streams(window) for window in windows]
        proba = self._proba_of_each([each.streams for each in seen], hidden)
        whole = self._abstain(np.stack([rows[0] for rows in proba]), seen, windows)
        return ReducedPrediction(whole, [rows[1:] for rows in proba])

    def _proba_of_each(
        self, seen: Sequence[Mapping[str, Steps]], hidden: Sequence[Hidden]
    ) -> list[NDArray[np.float32]]:
        """Return for each Window (1 + R, 2): with all its Streams, then with each choice hidden.

        Where choices hide whole inputs of the network, each input is encoded once.
        """
        by_side = [
            all(_hides_whole_sides(streams, names) for names in choices)
            for streams, choices in zip(seen, hidden, strict=True)
        ]
        found: list[NDArray[np.float32]] = [np.zeros((0, 2), np.float32)] * len(seen)
        for predict, whole in ((self._proba_by_side, True), (self._proba_by_stream, False)):
            chosen = [n for n, given in enumerate(by_side) if given is whole]
            rows = predict([seen[n] for n in chosen], [hidden[n] for n in chosen])
            for n, row in zip(chosen, rows, strict=True):
                found[n] = row
        return found

    def _proba_by_side(
        self, seen: Sequence[Mapping[str, Steps]], hidden: Sequence[Hidden]
    ) -> list[NDArray[np.float32]]:
        choices = [
            [frozenset[str](), *(_find_hidden_sides(streams, names) for names in given)]
            for streams, given in zip(seen, hidden, strict=True)
        ]
        place = {names: n for n, names in enumerate(dict.fromkeys(chain(*choices)))}
        proba = self._proba(seen, list(place))  # (N, R, 2)
        return [
            rows[[place[names] for names in each]]
            for rows, each in zip(proba, choices, strict=True)
        ]

    def _proba_by_stream(
        self, seen: Sequence[Mapping[str, Steps]], hidden: Sequence[Hidden]
    ) -> list[NDArray[np.float32]]:
        choices = [
            list_reduced(streams, given) for streams, given in zip(seen, hidden, strict=True)
        ]
        proba = self._proba(list(chain(*choices)), [()])[:, 0]  # (sum of 1 + R, 2)
        ends = np.cumsum([len(each) for each in choices])
        return np.split(proba, ends[:-1]) if choices else []

    def _abstain(
        self,
        proba: NDArray[np.float32],
        seen: Sequence[ClipFeatures],
        windows: Sequence[Window],
    ) -> Prediction:
        nothing = np.array([not each.streams for each in seen])
        sure = np.maximum(proba, 1 - proba).max(axis=1)
        left_out = [each.left_out for each in seen]
        found = apply_threshold(proba, sure, self.card["threshold"], nothing, left_out)
        return _without_short(found, windows)

    def opening(self, window: Window) -> Opening:
        """Return nothing: a clip is standardised by itself."""
        del window
        return {}

    def path(
        self, window: Window, label: str, stream: str, shares: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a Stream's standardised features (T, F), and slopes of P(label) on the way to
        them.

        As `CrossModalPredictor.path`; a signal starts at its own mean. T = the Window's whole
        seconds, F = the features of all steps of one second. An ecg has no effect if there is a
        ppg.
        """
        seen = self._select_streams(window).streams
        values, masks = self._inputs([seen])
        name, rate_hz, columns = INPUTS[stream]
        column, heat = self.labels.index(label), float(self.card["temperature"])
        features, found = trace_path(
            *(self._network, values, masks, name, columns, shares),
            lambda x: (x / heat).sigmoid()[:, column],
        )
        if stream in HEARTS and stream != _find_heart(seen):
            found = np.zeros_like(found)
        count, steps = round(window.t1 - window.t0), round(rate_hz)
        return _seconds(features, count, steps), np.stack(
            [_seconds(x, count, steps) for x in found]
        )

    def _select_streams(self, window: Window) -> ClipFeatures:
        """Return the present, known and familiar Streams."""
        window, left_out = select_named(self.card, window)
        found = {
            name: steps
            for name, steps in extract_features(window).items()
            if name in self.standards
        }
        for name in [n for n, steps in found.items() if self._strange(n, steps)]:
            del found[name]
            left_out.append(f"{UNFAMILIAR}:{name}")
        return ClipFeatures(found, left_out)

    def _strange(self, name: str, steps: Steps) -> bool:
        values, mask = steps if name in SIDES else measure_shape(steps)
        return bool(find_unfamiliar(values[None], mask[None], self.standards[name])[0])

    def _proba(
        self, seen: Sequence[Mapping[str, Steps]], hidden: Sequence[Collection[str]]
    ) -> NDArray[np.float32]:
        """Return (N, R, 2) for each Window's Streams, with each choice of inputs hidden.

        A Window without any gets an answer too.
        """
        parts = [seen[at : at + TOGETHER] for at in range(0, len(seen), TOGETHER)]
        logits = [forward_without(self._network, *self._inputs(part), hidden) for part in parts]
        joined = np.concatenate([np.zeros((0, len(hidden), 2), np.float32), *logits])
        return np.asarray(1 / (1 + np.exp(-joined / self.card["temperature"])), np.float32)

    def _inputs(
        self, seen: Sequence[Mapping[str, Steps]]
    ) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.bool_]]]:
        """Return values and masks (N, T, F) of the network's two inputs."""
        steps = {"video": self.config.video_steps, "physiology": self.config.physiology_steps}
        clips = [make_sides(streams, self.standards) for streams in seen]
        cut = {n: [fit_length(each[n], count) for each in clips] for n, count in steps.items()}
        values = {n: np.stack([each.values for each in rows]) for n, rows in cut.items()}
        masks = {n: np.stack([each.mask for each in rows]) for n, rows in cut.items()}
        return values, masks


def extract_features(window: Window) -> dict[str, Steps]:
    """Return the features of each Stream that has any: face (T, 36), gaze (T, 6), signals (S,
    1).
    """
    found = {"face": clip.face(window), "gaze": clip.gaze(window), "eda": clip.skin(window)}
    found |= {name: clip.heart(name, window) for name in HEARTS}
    return {name: steps for name, steps in found.items() if steps.mask.any()}


def measure_shape(steps: Steps) -> Steps:
    """Return a signal's shape as one step (1, 3)."""
    return Steps(clip.shape(steps)[None], np.ones((1, 3), np.bool_))


def make_sides(streams: Mapping[str, Steps], standards: Mapping[str, Standard]) -> dict[str, Steps]:
    """Return "video" (T, 42) and "physiology" (S, 2), standardised; missing Streams are masked.

    The heart's column is ppg if present, else ecg.
    """
    video = [_standardise(streams.get(n), standards.get(n), width) for n, width in SIDES.items()]
    signals = [streams.get(_find_heart(streams)), streams.get("eda")]
    physiology = [_standardise(steps, None, 1) for steps in signals]
    return {"video": _concatenate(video), "physiology": _concatenate(physiology)}


def _group_by_side(streams: Collection[str]) -> dict[str, set[str]]:
    """Return the Streams of each input of the network."""
    found: dict[str, set[str]] = {}
    for name in streams:
        found.setdefault(INPUTS[name][0], set()).add(name)
    return found


def _hides_whole_sides(streams: Collection[str], names: Collection[str]) -> bool:
    """Return whether no input of the network loses only some of its Streams."""
    return all(
        own.isdisjoint(names) or own <= set(names) for own in _group_by_side(streams).values()
    )


def _find_hidden_sides(streams: Collection[str], names: Collection[str]) -> frozenset[str]:
    """Return the inputs of the network that lose all their Streams."""
    return frozenset(side for side, own in _group_by_side(streams).items() if own <= set(names))


def _find_heart(streams: Mapping[str, Steps]) -> str:
    """Return the heart's Stream: ppg if present, else ecg."""
    return next((name for name in HEARTS if name in streams), "")


def _standardise(steps: Steps | None, known: Standard | None, width: int) -> Steps:
    if steps is None:
        return Steps(np.zeros((0, width), np.float32), np.zeros((0, width), np.bool_))
    mean, deviation = (0.0, 1.0) if known is None else (known.mean, known.deviation)
    scaled = np.clip((steps.values - mean) / deviation, -FARTHEST, FARTHEST)
    return Steps(np.where(steps.mask, scaled, 0).astype(np.float32), steps.mask)


def _concatenate(parts: Sequence[Steps]) -> Steps:
    """Concatenate features of one rate; shorter ones are padded with masked steps."""
    length = max(len(part.values) for part in parts)
    even = [fit_length(part, length) for part in parts]
    return Steps(
        np.concatenate([part.values for part in even], axis=1),
        np.concatenate([part.mask for part in even], axis=1),
    )


def fit_length(steps: Steps, length: int) -> Steps:
    """Return exactly `length` steps: the first of them, or padded with masked ones."""
    missing = ((0, max(0, length - len(steps.values))), (0, 0))
    return Steps(np.pad(steps.values[:length], missing), np.pad(steps.mask[:length], missing))


def _seconds(found: NDArray[np.float64], count: int, steps: int) -> NDArray[np.float64]:
    """Return (count, steps * F) of steps (T, F); 0 where there are fewer."""
    kept = np.zeros((count * steps, found.shape[1]))
    kept[: len(found)] = found[: len(kept)]
    return kept.reshape(count, -1)


def _without_short(found: Prediction, windows: Sequence[Window]) -> Prediction:
    """Abstain from Windows of less than a minute."""
    short = np.array([w.t1 - w.t0 < SHORTEST_S for w in windows], np.bool_)
    reasons = [
        (SHORT, *(each for each in why if ":" in each)) if low else why
        for low, why in zip(short, found.reasons, strict=True)
    ]
    return Prediction(found.proba, found.abstain | short, reasons)
