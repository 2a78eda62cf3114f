"""Predictors: learned artefacts in use, all with the same interface; none imports torch early.

How to add one:

1. A folder here with `meta.toml`, whose keys `emotion.models.registry` explains, and a module
   `predictor`. Its class implements `Predictor` below and is made as `Class(card, weights)` from
   the result of `emotion.artefacts.read`. Heavy imports (torch, sklearn) belong inside functions,
   so that importing this package or that module loads none. Network, training, card and recipes
   of the model are in the same folder; nothing outside it names the model.
2. **Time.** The site cuts [max(0, t1 - `window_s`), t1), where t1 is a multiple of `hop_s` (itself
   a multiple of 5 s). At a Sitting's start a Window is shorter than `window_s`: answer from what is
   there, or abstain with `SHORT`.
3. **Streams.** A Window contains only those that `streams` names and that are permitted, so any may
   be missing. A Stream without a row in the Window is missing too. An Estimate is sealed under the
   scopes of exactly the Streams in its Window, used or masked. A Window without any is never
   passed, but must not raise: abstain with `UNFAMILIAR`.
4. **Calibration.** If `opening_s` > 0 the site passes [0, `opening_s`) of the same Sitting to
   `opening`. It puts the result into `Window.opening` of every Window that begins no earlier than
   `opening_s`. Keys are names of Streams, each made from that Stream alone, so that removing a
   Stream also removes its opening. A Window without an opening must be answered or abstained from.
5. **Answers** depend neither on the other Windows of the call nor on their number. Probabilities
   are calibrated. If labels exclude each other a row sums to 1; `VALENCE` and `AROUSAL` are each
   P(high), independent of the other. `abstain` True = the row must not be used. `reasons` begins
   with why it abstains (`UNFAMILIAR`, `UNSURE`, `SHORT`). Then come the inputs left out, as
   "<why>:<stream>" with why `UNFAMILIAR` or `UNNAMED`.
6. Pure computation: no clock, no network, no state kept between calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emotion import artefacts
from emotion.artefacts import BrokenArtefact, Card, Weights
from emotion.models.protocol import (
    ANY_BACKEND,
    SHORT,
    UNFAMILIAR,
    UNNAMED,
    UNSURE,
    Opening,
    Prediction,
    Predictor,
)
from emotion.models.registry import MODELS, resolve

__all__ = [
    "ANY_BACKEND",
    "PREDICTORS",
    "SHORT",
    "UNFAMILIAR",
    "UNNAMED",
    "UNSURE",
    "Opening",
    "Prediction",
    "Predictor",
    "make_predictor",
    "open_artefact",
]


# References to the Predictors' classes, by kind of card.
PREDICTORS: Mapping[str, str] = {
    kind: model.predictor for kind, model in MODELS.items() if model.predictor
}


def make_predictor(card: Card, weights: Weights) -> Predictor:
    """Return the Predictor for a card and weights; KeyError if its kind has none."""
    found: Predictor = resolve(PREDICTORS[card["kind"]])(card, weights)
    return found


def open_artefact(path: Path) -> Predictor:
    """Return the Predictor of the artefact at `path`. BrokenArtefact if its kind has none."""
    card, weights = artefacts.read(path)
    if card["kind"] not in PREDICTORS:
        known = ", ".join(sorted(PREDICTORS))
        raise BrokenArtefact(f"{path.name}: expected a Predictor ({known}), got {card['kind']!r}")
    return make_predictor(card, weights)
