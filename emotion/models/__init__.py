"""Predictors: each a learned artefact in use, all spoken to in one way; none imports torch early.

The protocol, for whoever adds one:

1. A folder here with a module `predictor`, whose class keeps `Predictor` below, made as
   `Class(card, weights)` from what `emotion.artefacts.read` gives, and its line in `MAKERS`. Heavy
   imports (torch, sklearn) stand inside functions: importing this package, or that module, loads
   none. Network, training and card of the same model lie beside it.
2. **Time.** The site cuts [max(0, t1 - `window_s`), t1) where t1 is a multiple of `hop_s` (itself a
   multiple of 5 s). At a Sitting's start a Window is shorter than `window_s`: answer from what is
   there, or abstain with `SHORT`.
3. **Streams.** Only those that `streams` names are put into a Window, as far as they are permitted,
   so any may be missing; one that gave no row in the Window is not there at all. An Estimate is
   sealed under the scopes of exactly the Streams in its Window, used or masked. A Window without
   any is never asked about, but must not raise: abstain with `UNFAMILIAR`.
4. **Calibration.** Where `opening_s` > 0 the site cuts [0, `opening_s`) of the same Sitting, gives
   it to `opening`, and puts the answer into `Window.opening` of every Window that begins no
   earlier than `opening_s`. Keys are names of Streams, each made from that Stream alone, so that a
   Stream left out takes its opening along. A Window without one must be answered or abstained from.
5. **Answers** do not depend on the other Windows of the call, nor on how many there are.
   Probabilities are calibrated; where labels exclude each other a row sums to 1, and `VALENCE` and
   `AROUSAL` are each P(high), one number of its own. `abstain` True = nobody uses the row.
   `reasons` begins with why it abstains (`UNFAMILIAR`, `UNSURE`, `SHORT`), then what was left out
   as "<why>:<stream>" with why `UNFAMILIAR` or `UNNAMED`.
6. Numbers in hand only: no clock, no network, no state kept between calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emotion.artefacts import Card, Weights
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

__all__ = [
    "ANY_BACKEND",
    "MAKERS",
    "SHORT",
    "UNFAMILIAR",
    "UNNAMED",
    "UNSURE",
    "Opening",
    "Prediction",
    "Predictor",
    "of",
]


def _crossmodal(card: Card, weights: Weights) -> Predictor:
    from emotion.models.crossmodal.predictor import CrossModalPredictor

    return CrossModalPredictor(card, weights)


def _mvp(card: Card, weights: Weights) -> Predictor:
    from emotion.models.mvp.predictor import MvpPredictor

    return MvpPredictor(card, weights)


def _foursub(card: Card, weights: Weights) -> Predictor:
    from emotion.models.foursub.predictor import FourSubPredictor

    return FourSubPredictor(card, weights)


def _wearable(card: Card, weights: Weights) -> Predictor:
    from emotion.models.wearable.predictor import WearablePredictor

    return WearablePredictor(card, weights)


def _levels(card: Card, weights: Weights) -> Predictor:
    from emotion.models.valence_arousal.predictor import LevelsPredictor

    return LevelsPredictor(card, weights)


# What speaks for a card's kind.
MAKERS: Mapping[str, Callable[[Card, Weights], Predictor]] = {
    "affect": _crossmodal,
    "mvp": _mvp,
    "foursub": _foursub,
    "arousal": _wearable,
    "sam": _levels,
}


def of(card: Card, weights: Weights) -> Predictor:
    """Return the Predictor that card and weights make; KeyError where the kind has none."""
    return MAKERS[card["kind"]](card, weights)
