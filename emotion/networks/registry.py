"""All networks by name; `emotion.networks` describes the content of each file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emotion.models.crossmodal import network as crossmodal_network
from emotion.models.foursub import network as foursub_network
from emotion.models.mvp import network as mvp_network
from emotion.networks import (
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


NETWORKS: Mapping[str, RegisteredNetwork] = {
    "cascade_attention": _entry(cascade_attention),
    "cnn_lstm": _entry(cnn_lstm),
    "cnn_lstm_mha_tcn": _entry(cnn_lstm_mha_tcn),
    "crossmodal": _entry(crossmodal_network),
    "foursub": _entry(foursub_network),
    "lstm": _entry(lstm),
    "mlp": _entry(mlp),
    "mvp": _entry(mvp_network),
    "pairwise": _entry(pairwise),
    "shallow_cnn": _entry(shallow_cnn),
    "simple_kt": _entry(simple_kt),
    "transformer": _entry(transformer),
}
