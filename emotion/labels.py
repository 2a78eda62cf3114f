"""The labels an Estimate or a self-report may carry, in their one order."""

from __future__ import annotations

from enum import StrEnum


class Affect(StrEnum):
    """The six Affect labels; a Predictor declares which of them it gives."""

    INTEREST = "INTEREST"
    BOREDOM = "BOREDOM"
    HAPPINESS = "HAPPINESS"
    CONFUSION = "CONFUSION"
    FRUSTRATION = "FRUSTRATION"
    DISTRACTION = "DISTRACTION"


class Level(StrEnum):
    """What a Predictor may give as the probability that it is high."""

    VALENCE = "VALENCE"
    AROUSAL = "AROUSAL"


AFFECTS = tuple(Affect)

# Paper 1 (VLMED) classifies these four.
PAPER_1 = (Affect.INTEREST, Affect.BOREDOM, Affect.HAPPINESS, Affect.CONFUSION)

# What rules call `engaged` is the sum of these two probabilities.
ENGAGED = frozenset({Affect.INTEREST, Affect.HAPPINESS})

# States of high arousal by the circumplex (Russell 1980); those of high valence are `ENGAGED`.
EXCITED = frozenset({Affect.HAPPINESS, Affect.CONFUSION, Affect.FRUSTRATION})
