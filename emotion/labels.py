"""The labels of Estimates, and the words of a person about themselves, in a fixed order."""

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
    """Dimensions for which a Predictor may give the probability of a high value."""

    VALENCE = "VALENCE"
    AROUSAL = "AROUSAL"


AFFECTS = tuple(Affect)

# What a person can say of themselves: the six, and three (paper 3) that no Predictor gives.
OWN_WORDS = (*AFFECTS, "ANXIETY", "CONFIDENCE", "NEUTRAL")

# Paper 1 (VLMED) classifies these four.
PAPER_1 = (Affect.INTEREST, Affect.BOREDOM, Affect.HAPPINESS, Affect.CONFUSION)

# In rules, `engaged` is the sum of these two probabilities.
ENGAGED = frozenset({Affect.INTEREST, Affect.HAPPINESS})

# States of high arousal in the circumplex (Russell 1980); those of high valence are `ENGAGED`.
HIGH_AROUSAL = frozenset({Affect.HAPPINESS, Affect.CONFUSION, Affect.FRUSTRATION})
