"""Every network there is, by the name of its file; `emotion.networks` says what each file holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emotion.networks import (
    attentive,
    cascade_attention,
    cnn_lstm,
    cnn_lstm_mha_tcn,
    crossmodal,
    foursub,
    lstm,
    mlp,
    mvp,
    pairwise,
    shallow_cnn,
    transformer,
)


@dataclass(frozen=True, slots=True)
class Network:
    """What a network's file holds.

    Attributes
    ----------
    config : class
        With the class methods `paper()` and `small()` and the method `build()`.
    example : callable
        (config, batch, generator) -> made-up positional arguments of the network.
    span_s : float
        Seconds of a learner's time that one row stands for.
    """

    config: Any
    example: Callable[..., tuple[Any, ...]]
    span_s: float


def _entry(module: Any) -> Network:
    return Network(module.Config, module.example, module.SPAN_S)


NETWORKS: Mapping[str, Network] = {
    "attentive": _entry(attentive),
    "cascade_attention": _entry(cascade_attention),
    "cnn_lstm": _entry(cnn_lstm),
    "cnn_lstm_mha_tcn": _entry(cnn_lstm_mha_tcn),
    "crossmodal": _entry(crossmodal),
    "foursub": _entry(foursub),
    "lstm": _entry(lstm),
    "mlp": _entry(mlp),
    "mvp": _entry(mvp),
    "pairwise": _entry(pairwise),
    "shallow_cnn": _entry(shallow_cnn),
    "transformer": _entry(transformer),
}
