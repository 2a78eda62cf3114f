"""Paper 3's system as a Predictor: Affect labels of one-minute Windows, from four sub-networks.

Live, a face is AU-like features and never a picture; pictures of a page are drawn from its boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Card, Weights
from emotion.calibration.temperature import softmax
from emotion.features import behaviour, face, foursub, interface
from emotion.features.batch import FARTHEST, Standard, find_unfamiliar, mean_features
from emotion.features.resampling import Steps
from emotion.models.base import (
    apply_threshold,
    by_stream,
    forward,
    list_reduced,
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

# Windows in one forward pass, with all choices of their inputs: each input is encoded once.
TOGETHER = 32

# The Streams of behaviour, and the columns of each among the hundred features.
BEHAVIOUR: Mapping[str, NDArray[np.int64]] = {
    name: np.array([i for i, n in enumerate(behaviour.NAMES) if n.startswith(f"{name}.")])
    for name in ("pointer", "typing", "activity")
}
# The network input of each Stream, and its columns there.
INPUTS: Mapping[str, tuple[str, Sequence[int] | slice]] = {
    "face": ("face", slice(None)),
    "heart": ("physiology", [0]),
    "eda": ("physiology", [1]),
    "layout": ("interface", slice(None)),
    **{name: ("behaviour", at.tolist()) for name, at in BEHAVIOUR.items()},
}
# Compared with the Learner's own first minute if that is known.
CALIBRATED = ("face", "heart", "eda", *BEHAVIOUR)


class FourSubPredictor:
    """A learned artefact of paper 3's form in use.

    Parameters
    ----------
    card : mapping
        As `emotion.artefacts` saves it.
    weights : mapping of arrays
        The network's tensors as `network.<name>`; standards of `extract_features` as
        `standard.<stream>.<part>`.
    """

    opening_s = OPENING_S
    context: tuple[str, ...] = ()
    reach_s: Mapping[str, float] = {}

    def __init__(self, card: Card, weights: Weights) -> None:
        import torch

        from emotion.models.foursub.network import Config

        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.streams: tuple[str, ...] = tuple(sorted(card["streams"]))
        self.window_s, self.hop_s = float(card["window_s"]), float(card["hop_s"])
        self.standards = unpack_standards(weights)
        network = restore_network(Config(**card["network"]).build(), weights)
        # A third of the time of a convolution on a CPU.
        self._network = network.to(memory_format=torch.channels_last)

    def predict(self, windows: Sequence[Window]) -> Prediction:
        """Return probabilities, abstentions and reasons, in the order of `windows`."""
        return self.predict_without(windows, [()] * len(windows)).whole

    def predict_without(
        self, windows: Sequence[Window], hidden: Sequence[Hidden]
    ) -> ReducedPrediction:
        """Return the prediction, and probabilities with each choice of a Window's inputs hidden."""
        if not windows:
            empty = np.zeros((0, len(self.labels)), np.float32)
            return ReducedPrediction(Prediction(empty, np.zeros(0, bool), []), [])
        left_out: list[list[str]] = []
        seen = self._select_streams_of_each(windows, left_out)
        choices = [
            list_reduced(streams, given) for streams, given in zip(seen, hidden, strict=True)
        ]
        parts = [choices[at : at + TOGETHER] for at in range(0, len(choices), TOGETHER)]
        found = [rows for part in parts for rows in self._proba_of_each(part)]
        proba = np.stack([rows[0] for rows in found])
        nothing = np.array([not streams for streams in seen])
        sure, threshold = proba.max(axis=1), self.card["threshold"]
        whole = apply_threshold(proba, sure, threshold, nothing, left_out)
        return ReducedPrediction(whole, [rows[1:] for rows in found])

    def _proba_of_each(
        self, choices: Sequence[Sequence[Mapping[str, Steps]]]
    ) -> list[NDArray[np.float32]]:
        """Return (R, K) for the R choices of each Window's Streams, in one forward pass."""
        logits = forward(self._network, *stack_unique(list(chain(*choices))))
        proba = softmax(logits, self.card["temperature"]).astype(np.float32)
        return np.split(proba, np.cumsum([len(each) for each in choices])[:-1])

    def opening(self, window: Window) -> Opening:
        """Return each Stream's own mean of each feature (F,), NaN if it had none."""
        return measure_baseline(window)

    def path(
        self, window: Window, label: str, stream: str, shares: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a Stream's standardised features (T, F), and slopes of P(label) on the way to
        them.

        As `CrossModalPredictor.path`, but starting from the person's baseline if that is known. T =
        60 steps of 1 s of face, heart and skin; 1 of behaviour and of the page.
        """
        values, masks = stack_inputs([self._select_streams(window, [])])
        name, columns = INPUTS[stream]
        column, heat = self.labels.index(label), float(self.card["temperature"])
        features, found = trace_path(
            *(self._network, values, masks, name, columns, shares),
            lambda x: (x / heat).softmax(dim=1)[:, column],
        )
        steps = foursub.MINUTE if name in ("face", "physiology") else 1
        return features.reshape(steps, -1), found.reshape(len(shares), steps, -1)

    def _select_streams(self, window: Window, left_out: list[list[str]]) -> dict[str, Steps]:
        """Return the present, known and familiar Streams, standardised."""
        return self._select_streams_of_each([window], left_out)[0]

    def _select_streams_of_each(
        self, windows: Sequence[Window], left_out: list[list[str]]
    ) -> list[dict[str, Steps]]:
        """Return the same for many Windows; Windows that share a Track share the Steps."""
        kept, lost = zip(*(select_named(self.card, window) for window in windows), strict=True)
        found = by_stream(kept, self._standardise_stream)
        for out, each in zip(lost, found, strict=True):
            left_out.append([*out, *(f"{UNFAMILIAR}:{n}" for n, x in each.items() if x is STRANGE)])
        return [{n: x for n, x in each.items() if x is not STRANGE} for each in found]

    def _standardise_stream(self, window: Window, name: str) -> Steps | None:
        """Return one Stream standardised, `STRANGE`, or None if it is empty."""
        steps = TOLD[name](window) if name in self.standards else None
        if steps is None or not steps.mask.any():
            return None
        if _is_strange(steps, self.standards[name]):
            return STRANGE
        return standardise(steps, self.standards[name], window.opening.get(name))


# Marks a Stream outside the training range.
STRANGE = Steps(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.bool_))


def _behaviour_steps(name: str, window: Window) -> Steps:
    values, mask = behaviour.stream_features(window, name)
    return Steps(values[None], mask[None])


def _page_steps(window: Window) -> Steps:
    picture, drawn = interface.draw_newest(window.streams.get("layout"))
    return Steps(picture.reshape(3, -1).T, drawn.reshape(3, -1).T)


TOLD: Mapping[str, Callable[[Window], Steps]] = {
    "face": foursub.face,
    "heart": foursub.heart,
    "eda": foursub.skin,
    **{name: partial(_behaviour_steps, name) for name in BEHAVIOUR},
    "layout": _page_steps,
}


def extract_features(window: Window) -> dict[str, Steps]:
    """Return the features of each Stream that has any.

    Returns
    -------
    dict
        face (60, 24), heart (60, 1), eda (60, 1); pointer, typing and activity (1, F), their part
        of the hundred; layout (128 * 128, 3), the picture's colours.
    """
    found = {name: tell(window) for name, tell in TOLD.items()}
    return {name: steps for name, steps in found.items() if steps.mask.any()}


def measure_baseline(window: Window) -> Opening:
    """Return a person's baseline from a Sitting's first minute, by Stream."""
    found = {n: steps for n, steps in extract_features(window).items() if n in CALIBRATED}
    return {name: _mean_of_steps(steps) for name, steps in found.items()}


def standardise(steps: Steps, known: Standard, opening: NDArray[np.float32] | None) -> Steps:
    """Return (x - baseline) / deviation, clipped to ±5; the baseline is the person's or
    training's.
    """
    own = np.full(len(known.mean), np.nan) if opening is None else opening
    centre = np.where(np.isnan(own), known.mean, own)
    scaled = np.clip((steps.values - centre) / known.deviation, -FARTHEST, FARTHEST)
    return Steps(np.where(steps.mask, scaled, 0).astype(np.float32), steps.mask)


def stack_inputs(
    seen: Sequence[Mapping[str, Steps]],
) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.bool_]]]:
    """Return values and masks of the four sub-networks for N Windows' standardised Streams."""
    rows = [_combine_all(streams) for streams in seen]
    values = {name: np.stack([row[name].values for row in rows]) for name in rows[0]}
    masks = {name: np.stack([row[name].mask for row in rows]) for name in rows[0]}
    return values, masks


def stack_unique(
    seen: Sequence[Mapping[str, Steps]],
) -> tuple[
    dict[str, NDArray[np.float32]], dict[str, NDArray[np.bool_]], dict[str, NDArray[np.int64]]
]:
    """Return as `stack_inputs`, but each distinct input once, and the place of each Window's."""
    kept = {name: _find_unique(seen, parts) for name, parts in COMBINED_FROM.items()}
    made = {name: [_MAKE[name](seen[row]) for row in rows] for name, (rows, _) in kept.items()}
    values = {name: np.stack([row.values for row in rows]) for name, rows in made.items()}
    masks = {name: np.stack([row.mask for row in rows]) for name, rows in made.items()}
    return values, masks, {name: places for name, (_, places) in kept.items()}


def _find_unique(
    seen: Sequence[Mapping[str, Steps]], parts: Sequence[str]
) -> tuple[list[int], NDArray[np.int64]]:
    """Return the first Window of each distinct input of these Streams, and each Window's place."""
    keys = [tuple(id(streams.get(part)) for part in parts) for streams in seen]
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    rows = [keys.index(key) for key in places]
    return rows, np.array([places[key] for key in keys], np.int64)


def _combine_all(streams: Mapping[str, Steps]) -> dict[str, Steps]:
    return {name: make(streams) for name, make in _MAKE.items()}


def _combine_face(streams: Mapping[str, Steps]) -> Steps:
    return _get_or_masked(streams, "face", foursub.MINUTE, len(face.NAMES))


def _combine_physiology(streams: Mapping[str, Steps]) -> Steps:
    heart, skin = (_get_or_masked(streams, name, foursub.MINUTE, 1) for name in ("heart", "eda"))
    return Steps(
        np.concatenate([heart.values, skin.values], axis=1),
        np.concatenate([heart.mask, skin.mask], axis=1),
    )


def _combine_behaviour(streams: Mapping[str, Steps]) -> Steps:
    acts = Steps(np.zeros((1, 100), np.float32), np.zeros((1, 100), np.bool_))
    for name, at in BEHAVIOUR.items():
        if name in streams:
            acts.values[:, at], acts.mask[:, at] = streams[name]
    return acts


def _combine_interface(streams: Mapping[str, Steps]) -> Steps:
    picture = _get_or_masked(streams, "layout", interface.SIZE**2, 3)
    shape = (3, interface.SIZE, interface.SIZE)
    return Steps(picture.values.T.reshape(shape), picture.mask.T.reshape(shape))


# The Streams of each input of the network, and how they are combined.
COMBINED_FROM = {
    "face": ("face",),
    "physiology": ("heart", "eda"),
    "behaviour": tuple(BEHAVIOUR),
    "interface": ("layout",),
}
_MAKE: Mapping[str, Callable[[Mapping[str, Steps]], Steps]] = {
    "face": _combine_face,
    "physiology": _combine_physiology,
    "behaviour": _combine_behaviour,
    "interface": _combine_interface,
}


def _get_or_masked(streams: Mapping[str, Steps], name: str, steps: int, width: int) -> Steps:
    empty = Steps(np.zeros((steps, width), np.float32), np.zeros((steps, width), np.bool_))
    return streams.get(name, empty)


def _is_strange(steps: Steps, known: Standard) -> bool:
    return bool(find_unfamiliar(steps.values[None], steps.mask[None], known)[0])


def _mean_of_steps(steps: Steps) -> NDArray[np.float32]:
    held, known = mean_features(steps.values[None], steps.mask[None])
    return np.where(known[0], held[0], np.nan).astype(np.float32)
