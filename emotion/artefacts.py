"""Learned models: a folder `<name>-<digest12>/` with weights and card, verified, never pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

WEIGHTS = "weights.safetensors"
CARD = "card.json"

FIELDS = frozenset(
    {
        "name",
        "title",
        "kind",
        "origin",
        "streams",
        "never_seen",
        "labels",
        "window_s",
        "hop_s",
        "temperature",
        "threshold",
        "network",
        "protocol",
        "figures",
        "data",
        "seed",
        "code",
        "limits",
    }
)
# Card key: why the artefact must not be promoted. Without it, it may be.
UNPROMOTED = "unpromoted"
# Card key: how much of a Sitting's start calibrates the Predictor (s), if any.
OPENING_S = "opening_s"
# Card key: what it reads of the course, by name, as `streams`; absent if nothing.
CONTEXT = "context"
# Key of a stream on a card: how long before a Window's end its Track may begin (s), if longer.
REACH_S = "reach_s"
# Card key: how often an hour each signal is above which threshold, for rules.
RATES = "rates"
OPTIONAL = frozenset({UNPROMOTED, OPENING_S, CONTEXT, RATES})
ORIGINS = ("simulated", "people")

Weights = Mapping[str, NDArray[np.float32]]
Card = Mapping[str, Any]


class BrokenArtefact(ValueError):
    """A folder is not the artefact that its name or card claims."""


def save(folder: Path, *, card: Card, weights: Weights) -> Path:
    """Write an artefact under `folder` and return its own folder, `<name>-<digest12>`.

    Raises
    ------
    BrokenArtefact
        If a field of the card is missing or unknown, or its origin is not one of `ORIGINS`.
    """
    _check(card)
    packed = _pack(weights)
    identity = digest(packed, card)
    path = folder / f"{card['name']}-{identity[:12]}"
    path.mkdir(parents=True, exist_ok=True)
    (path / WEIGHTS).write_bytes(packed)
    text = json.dumps({**card, "digest": identity}, indent=1, ensure_ascii=False, sort_keys=True)
    (path / CARD).write_text(text + "\n", encoding="utf-8")
    return path


def read(path: Path) -> tuple[Card, dict[str, NDArray[np.float32]]]:
    """Return card and weights of the artefact at `path`, after checking its digest.

    Raises
    ------
    BrokenArtefact
        If content, digest and the folder's name do not agree.
    """
    packed = (path / WEIGHTS).read_bytes()
    card = json.loads((path / CARD).read_text(encoding="utf-8"))
    told = card.pop("digest", None)
    _check(card)
    found = digest(packed, card)
    if found != told or not path.resolve().name.endswith(f"-{found[:12]}"):
        raise BrokenArtefact(f"{path.name}: expected digest {told}, got {found}")
    return card, load_tensors(packed)


def digest(packed: bytes, card: Card) -> str:
    """Return the SHA-256 over the packed weights and the card's content, in hex."""
    canonical = json.dumps(card, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(sha256(packed).digest() + canonical.encode()).hexdigest()


def max_difference(ours: Weights, theirs: Weights) -> float:
    """Return the largest difference between two sets of weights; infinity if shapes differ."""
    shapes = [{name: w.shape for name, w in weights.items()} for weights in (ours, theirs)]
    if shapes[0] != shapes[1]:
        return float("inf")
    return max((float(np.abs(w - theirs[n]).max()) for n, w in ours.items() if w.size), default=0.0)


def _pack(weights: Weights) -> bytes:
    return save_tensors({n: np.ascontiguousarray(weights[n]) for n in sorted(weights)})


def _check(card: Card) -> None:
    if wrong := FIELDS.symmetric_difference(card.keys() - OPTIONAL):
        raise BrokenArtefact(
            f"expected the card's fields, got these missing or unknown: {sorted(wrong)}"
        )
    if card["origin"] not in ORIGINS:
        raise BrokenArtefact(f"expected an origin of {ORIGINS}, got {card['origin']!r}")
