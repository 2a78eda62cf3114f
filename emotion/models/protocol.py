"""What every Predictor gives: how it is asked, what it answers, and the words of its reasons."""

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

# In a card: whatever made the rows of a Stream will do.
ANY_BACKEND = "any"

Opening = Mapping[str, NDArray[np.float32]]


class Prediction(NamedTuple):
    """What a Predictor says of N Windows.

    Attributes
    ----------
    proba : (N, K) float32
        Calibrated probabilities of the Predictor's labels; rows sum to 1 where labels exclude each
        other, valence and arousal are each the probability that it is high.
    abstain : (N,) bool
        True = do not use the probabilities.
    reasons : list of N tuples of str
        Why it abstains, first ("unfamiliar": no known input is left; "unsure": the largest
        probability is under the card's threshold; "short": the Sitting is too young), then inputs
        left out, "<why>:<stream>" with why "unfamiliar" (out of the training range) or "unnamed"
        (not in the card).
    """

    proba: NDArray[np.float32]
    abstain: NDArray[np.bool_]
    reasons: list[tuple[str, ...]]


class Predictor(Protocol):
    """A learned artefact in use, as everything outside this package sees it.

    Attributes
    ----------
    card : mapping
        As `emotion.artefacts` saves it.
    labels : tuple of K str
        Names of the columns of `Prediction.proba`.
    streams : tuple of str
        The Streams it reads; nothing else is put into its Windows.
    window_s, hop_s : float
        Its Windows' longest length, and the time from one to the next, s.
    opening_s : float
        How much of a Sitting's start calibrates it, s; 0 where it needs none.
    """

    @property
    def card(self) -> Card: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def streams(self) -> tuple[str, ...]: ...

    @property
    def window_s(self) -> float: ...

    @property
    def hop_s(self) -> float: ...

    @property
    def opening_s(self) -> float: ...

    def predict(self, windows: Sequence[Window]) -> Prediction:
        """Return probabilities, abstentions and reasons, in the order of `windows`."""
        ...

    def opening(self, window: Window) -> Opening:
        """Return what is usual for this person by Stream, from a Sitting's [0, `opening_s`)."""
        ...
