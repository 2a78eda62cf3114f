"""All networks by name; `emotion.networks` describes the content of each file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emotion.models.registry import MODELS, resolve
from emotion.networks import (
    akt,
    cascade_attention,
    cnn_lstm,
    cnn_lstm_mha_tcn,
    lstm,
    mlp,
    pairwise,
    shallow_cnn,
    simple_kt,
    transformer,
)


@dataclass(frozen=True, slots=True)
class RegisteredNetwork:
    """The content of a network's file.

    Attributes
    ----------
    config : class
        With the class methods `paper()` and `small()` and the method `build()`.
    example : callable
        (config, batch, generator) -> random positional arguments of the network.
    span_s : float
        Seconds of a learner's time per row.
    """

    config: Any
    example: Callable[..., tuple[Any, ...]]
    span_s: float


def _entry(module: Any) -> RegisteredNetwork:
    return RegisteredNetwork(module.Config, module.example, module.SPAN_S)


def _model_networks() -> dict[str, RegisteredNetwork]:
    """Return the network of each model that has one, under its folder's name."""
    names = [model.folder.name for model in MODELS.values() if model.has_network]
    return {name: _entry(resolve(f"emotion.models.{name}.network")) for name in names}


_BASELINES = {
    "akt": _entry(akt),
    "cascade_attention": _entry(cascade_attention),
    "cnn_lstm": _entry(cnn_lstm),
    "cnn_lstm_mha_tcn": _entry(cnn_lstm_mha_tcn),
    "lstm": _entry(lstm),
    "mlp": _entry(mlp),
    "pairwise": _entry(pairwise),
    "shallow_cnn": _entry(shallow_cnn),
    "simple_kt": _entry(simple_kt),
    "transformer": _entry(transformer),
}
NETWORKS: Mapping[str, RegisteredNetwork] = dict(
    sorted({**_BASELINES, **_model_networks()}.items())
)
