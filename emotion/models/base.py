"""Common parts of Predictors: the card's Streams, calling a network, and abstention."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import CONTEXT, Card, Weights
from emotion.models.protocol import (
    ANY_BACKEND,
    UNFAMILIAR,
    UNNAMED,
    UNSURE,
    Hidden,
    Prediction,
    Predictor,
    ReducedPrediction,
)
from emotion.windows import Window

if TYPE_CHECKING:
    from torch import Tensor, nn

Extracted = TypeVar("Extracted")


def select_named(card: Card, window: Window) -> tuple[Window, list[str]]:
    """Return the Window with only the inputs and backends in the card, and the reasons for the
    rest.
    """
    kept = {n for n, track in window.inputs.items() if _knows(card, n, track.backend)}
    lost = [f"{UNNAMED}:{name}" for name in window.inputs if name not in kept]
    return window.select(kept), lost


def by_stream(
    windows: Sequence[Window], extract: Callable[[Window, str], Extracted | None]
) -> list[dict[str, Extracted]]:
    """Return `extract` of each input of each Window, without None."""
    return [
        {
            name: found
            for name in window.inputs
            if (found := extract(window.select({name}), name)) is not None
        }
        for window in windows
    ]


def apply_threshold(
    proba: NDArray[np.float32],
    sure: NDArray[np.float32],
    threshold: float,
    nothing: NDArray[np.bool_],
    left_out: list[list[str]],
) -> Prediction:
    """Abstain if no input is known, or if `sure` (N,), 0-1, is below the threshold."""
    unsure = sure < threshold
    reasons = [
        (UNFAMILIAR, *out) if none else (UNSURE, *out) if low else tuple(out)
        for none, low, out in zip(nothing, unsure, left_out, strict=True)
    ]
    return Prediction(proba, nothing | unsure, reasons)


def restore_network(network: nn.Module, weights: Weights) -> Any:
    """Load the artefact's tensors `network.<name>` into the network, in evaluation mode."""
    import torch

    state = {
        key.removeprefix("network."): torch.from_numpy(value)
        for key, value in weights.items()
        if key.startswith("network.")
    }
    network.load_state_dict(state, strict=True)
    return network.eval()


def forward(
    network: Any,
    values: Mapping[str, NDArray[np.float32]],
    masks: Mapping[str, NDArray[np.bool_]],
    *places: Mapping[str, NDArray[np.int64]],
) -> NDArray[np.float32]:
    """Return (N, K) logits; further inputs of the network, such as places, follow the masks."""
    import torch

    with torch.inference_mode():
        given = (values, masks, *places)
        tensors = ({n: torch.from_numpy(x) for n, x in each.items()} for each in given)
        return np.asarray(network(*tensors).numpy(), dtype=np.float32)


def forward_without(
    network: Any,
    values: Mapping[str, NDArray[np.float32]],
    masks: Mapping[str, NDArray[np.bool_]],
    hidden: Sequence[Collection[str]],
) -> NDArray[np.float32]:
    """Return (N, R, K) logits of a network with each of R choices of its inputs hidden."""
    import torch

    with torch.inference_mode():
        tensors = ({n: torch.from_numpy(x) for n, x in each.items()} for each in (values, masks))
        return np.asarray(network.forward_without(*tensors, hidden).numpy(), dtype=np.float32)


def list_reduced(
    features: Mapping[str, Extracted], hidden: Iterable[Collection[str]]
) -> list[Mapping[str, Extracted]]:
    """Return the features of a Window by input, then without each choice of hidden inputs."""
    return [features, *({n: features[n] for n in features if n not in names} for names in hidden)]


def predict_reduced(
    predictor: Predictor, windows: Sequence[Window], hidden: Sequence[Hidden]
) -> ReducedPrediction:
    """Return what `Predictor.predict_without` does, by predicting each reduced Window as well."""
    reduced = [
        window.select(window.inputs.keys() - names)
        for window, choices in zip(windows, hidden, strict=True)
        for names in choices
    ]
    found = predictor.predict([*windows, *reduced])
    count = len(windows)
    ends = count + np.cumsum([len(choices) for choices in hidden])
    rows = [
        found.proba[end - len(choices) : end] for choices, end in zip(hidden, ends, strict=True)
    ]
    whole = Prediction(found.proba[:count], found.abstain[:count], found.reasons[:count])
    return ReducedPrediction(whole, rows)


def slopes(
    network: Any,
    values: Mapping[str, NDArray[np.float32]],
    masks: Mapping[str, NDArray[np.bool_]],
    name: str,
    chance: Callable[[Tensor], Tensor],
) -> NDArray[np.float64]:
    """Return the derivative of `chance` of each row's logits by the row's own `values[name]`.

    Parameters
    ----------
    chance : callable
        From logits (N, K) to (N,).
    """
    import torch

    tensors, shown = ({n: torch.from_numpy(x) for n, x in each.items()} for each in (values, masks))
    moving = tensors[name].clone().requires_grad_(True)
    found = chance(network(tensors | {name: moving}, shown)).sum()
    (slope,) = torch.autograd.grad(found, moving)
    return np.asarray(slope.numpy(), np.float64)


def trace_path(
    network: Any,
    values: Mapping[str, NDArray[np.float32]],
    masks: Mapping[str, NDArray[np.bool_]],
    name: str,
    columns: Sequence[int] | slice,
    shares: NDArray[np.float64],
    chance: Callable[[Tensor], Tensor],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return some columns of one Window's input, and slopes along the straight path to them.

    Parameters
    ----------
    values, masks : mapping from input to (1, ...)
    name, columns : str, and indices of the last dimension
    shares : (S,)
        Fractions of the way from 0 to the columns' values; all else is fixed.

    Returns
    -------
    (..., F) and (S, ..., F)
        The columns, and at each fraction the slope of `chance` by them.
    """
    many = {n: np.repeat(x, len(shares), axis=0) for n, x in values.items()}
    shown = {n: np.repeat(x, len(shares), axis=0) for n, x in masks.items()}
    part = values[name][..., columns]
    many[name][..., columns] = part * shares.reshape(-1, *[1] * (part.ndim - 1))
    found = slopes(network, many, shown, name, chance)[..., columns]
    return part[0].astype(np.float64), found


def _knows(card: Card, name: str, backend: str) -> bool:
    found = {**card["streams"], **card.get(CONTEXT, {})}.get(name)
    return found is not None and (ANY_BACKEND in found["backends"] or backend in found["backends"])
