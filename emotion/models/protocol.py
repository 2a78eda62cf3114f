"""The interface of Predictors: input, answers, and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Card
from emotion.windows import Window

UNFAMILIAR = "unfamiliar"
UNSURE = "unsure"
SHORT = "short"
UNNAMED = "unnamed"

# In a card: any backend of a Stream is accepted.
ANY_BACKEND = "any"

Opening = Mapping[str, NDArray[np.float32]]


class Prediction(NamedTuple):
    """A Predictor's answers for N Windows.

    Attributes
    ----------
    proba : (N, K) float32
        Calibrated probabilities of the Predictor's labels. Rows sum to 1 if labels exclude each
        other; valence and arousal are each the probability of a high value.
    abstain : (N,) bool
        True = do not use the probabilities.
    reasons : list of N tuples of str
        Why it abstains, first ("unfamiliar": no known input is left; "unsure": the largest
        probability is below the card's threshold; "short": the Sitting is too young). Then inputs
        left out, "<why>:<stream>" with why "unfamiliar" (out of the training range) or "unnamed"
        (not in the card).
    """

    proba: NDArray[np.float32]
    abstain: NDArray[np.bool_]
    reasons: list[tuple[str, ...]]


# Choices of inputs of a Window that are hidden together.
Hidden = Sequence[frozenset[str]]


class ReducedPrediction(NamedTuple):
    """Answers for N whole Windows, and for each of them with inputs hidden.

    Attributes
    ----------
    whole : Prediction
    reduced : list of N arrays (R, K) float32
        Probabilities by choice of hidden inputs; R differs between Windows.
    """

    whole: Prediction
    reduced: list[NDArray[np.float32]]


class Predictor(Protocol):
    """A learned artefact in use, as seen outside this package.

    Attributes
    ----------
    card : mapping
        As `emotion.artefacts` saves it.
    labels : tuple of K str
        Names of the columns of `Prediction.proba`.
    streams : tuple of str
        The Streams it reads; its Windows contain no others.
    context : tuple of str
        What it also reads of the course; never enough for an answer.
    reach_s : mapping from stream to float
        Streams whose Track may begin before the Window: how long before its end, s.
    window_s, hop_s : float
        Maximum length of its Windows, and the time from one to the next, s.
    opening_s : float
        How much of a Sitting's start calibrates it, s; 0 if it needs none.
    """

    @property
    def card(self) -> Card: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def streams(self) -> tuple[str, ...]: ...

    @property
    def context(self) -> tuple[str, ...]: ...

    @property
    def reach_s(self) -> Mapping[str, float]: ...

    @property
    def window_s(self) -> float: ...

    @property
    def hop_s(self) -> float: ...

    @property
    def opening_s(self) -> float: ...

    def predict(self, windows: Sequence[Window]) -> Prediction:
        """Return probabilities, abstentions and reasons, in the order of `windows`."""
        ...

    def predict_without(
        self, windows: Sequence[Window], hidden: Sequence[Hidden]
    ) -> ReducedPrediction:
        """Return the prediction, and probabilities with each choice of a Window's inputs hidden."""
        ...

    def opening(self, window: Window) -> Opening:
        """Return this person's baseline by Stream, from a Sitting's [0, `opening_s`)."""
        ...
