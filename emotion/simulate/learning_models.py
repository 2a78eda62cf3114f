"""Learners who answer, feel and learn, in four worlds of how learning depends on success.

The true world is unknown, so strategies for choosing questions are compared in all of them. Every
number here is assumed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Final, Literal

Feeling = Literal["engaged", "confused", "frustrated", "bored"]
FEELINGS: Final[tuple[Feeling, ...]] = ("engaged", "confused", "frustrated", "bored")

# Each (probability of success) -> share of the most that one question can teach.
WORLDS: Final[Mapping[str, Callable[[float], float]]] = MappingProxyType(
    {
        "peaks at .7": lambda p: math.exp(-(((p - 0.7) / 0.15) ** 2)),
        "rises with success": lambda p: p,
        "peaks at .5": lambda p: math.exp(-(((p - 0.5) / 0.15) ** 2)),
        "does not matter": lambda _: 0.6,
    }
)
MOST: Final = 0.012  # logits a question
ATTENTION: Final[Mapping[Feeling, float]] = MappingProxyType(
    {"engaged": 1.0, "confused": 0.9, "frustrated": 0.5, "bored": 0.5}
)
# Probability per question of leaving for good, set so that as many leave as in an earlier
# simulation: 12 to 16 of 100 with random questions, 1 to 4 with questions that fit the ability.
LEAVES: Final[Mapping[Feeling, float]] = MappingProxyType(
    {"engaged": 0.00002, "confused": 0.00005, "frustrated": 0.015, "bored": 0.0003}
)


@dataclass(slots=True)
class SimulatedAnswerer:
    """One simulated learner with their true, hidden state.

    Attributes
    ----------
    ability : float
        Logits; 0 answers a question of medium difficulty correctly half of the time.
    learns : callable
        One of `WORLDS`.
    stays : float
        Probability of still being there. No learner is removed at random. Instead everybody
        continues to the end, weighted by this probability, so that leaving adds no noise.
    gained, asked, felt : float
        Expected gain (logits) and questions, all and by feeling.
    """

    ability: float
    learns: Callable[[float], float]
    feeling: Feeling = "engaged"
    stays: float = 1.0
    gained: float = 0.0
    asked: float = 0.0
    felt: dict[Feeling, float] = field(default_factory=lambda: dict.fromkeys(FEELINGS, 0.0))

    def chance(self, difficulty: float) -> float:
        """Return the true probability of a right answer to a question of that difficulty in
        logits.
        """
        return 1.0 / (1.0 + math.exp(difficulty - self.ability))

    def answer(self, difficulty: float, rng: Random) -> bool:
        """Draw an answer, learn from it, update the feeling, and perhaps leave.

        Always draws three numbers, so that two strategies meet the same random events.
        """
        luck, mood, turn = (rng.random() for _ in range(3))
        chance = self.chance(difficulty)
        correct = luck < chance
        gain = MOST * ATTENTION[self.feeling] * self.learns(chance)
        self.ability += gain
        self.gained += self.stays * gain
        self.asked += self.stays
        self.felt[self.feeling] += self.stays
        self.feeling = _next_feeling(self.feeling, chance, correct=correct, mood=mood, turn=turn)
        self.stays *= 1 - LEAVES[self.feeling]
        return correct


def _next_feeling(
    feeling: Feeling, chance: float, *, correct: bool, mood: float, turn: float
) -> Feeling:
    """Return the next feeling.

    Engaged and confused alternate; unresolved confusion turns into frustration, and that into
    boredom (D'Mello & Graesser 2012), as do easy questions.
    """
    too_easy = max(0.0, chance - 0.7) / 0.3
    if feeling == "engaged":
        if mood < 0.25 * too_easy + 0.02:
            return "bored"
        return "confused" if not correct and turn < 0.6 else "engaged"
    if feeling == "confused":
        if correct:
            return "engaged" if mood < 0.7 else "confused"
        return "frustrated" if mood < 0.35 else "confused"
    if feeling == "frustrated":
        if correct:
            return "engaged" if mood < 0.4 else "frustrated"
        return "bored" if mood < 0.2 else "frustrated"
    return "engaged" if mood < 0.3 * (1 - too_easy) * (0.5 + chance) else "bored"
