"""A small artefact with random weights, whose range is that of random Windows."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache

import torch

from emotion.features.batch import stack, standard
from emotion.features.window import NAMES, opening, window_features
from emotion.networks.crossmodal import Config, CrossModal
from emotion.predictors.standards import pack_standards
from tests.emotion.tracks import SENSED, window

LABELS = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION")


def tiny(seed=1, streams=SENSED, **changes):
    """Card and weights of a network 16 wide that reads `streams`."""
    torch.manual_seed(seed)
    inputs = {name: len(NAMES[name]) for name in streams} | {"gaze": 0}
    classes = len(changes.get("labels", LABELS))
    config = Config(
        inputs=inputs,
        classes=classes,
        width=16,
        heads=2,
        key=8,
        value=8,
        hidden=16,
        convolution=16,
    )
    state = CrossModal(config).state_dict()
    weights = {f"network.{name}": weight.numpy() for name, weight in state.items()}
    return card(config, streams) | changes, weights | pack_standards(standards(streams))


@cache
def standards(streams):
    """What 60 random Windows span, and half as much again on both sides."""
    found = [window_features(known(seed)) for seed in range(60)]
    batch = stack(found, streams)
    return {name: wider(standard(batch.values[name], batch.masks[name])) for name in streams}


def wider(narrow):
    margin = (narrow.hi - narrow.lo) / 2
    return replace(narrow, lo=narrow.lo - margin, hi=narrow.hi + margin)


def known(seed, streams=SENSED):
    """A random Window with its Sitting's opening."""
    first = window(0.0, 60.0, seed + 10_000, streams)
    return replace(window(60.0, 70.0, seed, streams), opening=opening(first))


def card(config, streams):
    return {
        "name": "tiny",
        "title": "random weights",
        "kind": "affect",
        "origin": "simulated",
        "streams": {n: {"channels": list(NAMES[n]), "backends": ["simulated"]} for n in streams},
        "never_seen": ["gaze"],
        "labels": list(LABELS),
        "window_s": 10.0,
        "hop_s": 5.0,
        "temperature": 1.0,
        "threshold": 0.0,
        "network": asdict(config),
        "protocol": "none",
        "figures": {"ece": 0.5},
        "data": "none",
        "seed": 1,
        "code": "none",
        "limits": ["says nothing"],
    }
