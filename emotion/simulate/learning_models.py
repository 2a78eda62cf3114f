"""Learners who answer, feel and learn, in four worlds of how learning depends on success.

Nobody knows which world is ours, so a way of choosing questions is compared in all of them.
Every number here is assumed.
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

# Each (chance of success) -> share of the most that one question can teach.
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
# Chance a question to leave for good: set so that as many leave as in an earlier simulation, 12 to
# 16 of 100 where questions come by chance and 1 to 4 where they fit the ability.
LEAVES: Final[Mapping[Feeling, float]] = MappingProxyType(
    {"engaged": 0.00002, "confused": 0.00005, "frustrated": 0.015, "bored": 0.0003}
)


@dataclass(slots=True)
class Learner:
    """One simulated learner; what is true of them is known to nobody else.

    Attributes
    ----------
    ability : float
        Logits; 0 answers a question of middle difficulty right half of the time.
    learns : callable
        One of `WORLDS`.
    stays : float
        Chance to be still there. Nobody is sent away by lot: everybody goes on to the end, and
        what comes counts by the chance that it comes to that, so leaving adds no noise.
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
        """Return the true chance of a right answer to a question of so many logits."""
        return 1.0 / (1.0 + math.exp(difficulty - self.ability))

    def answer(self, difficulty: float, rng: Random) -> bool:
        """Answer by lot, learn from it, feel something, and perhaps leave.

        Three numbers are drawn whatever happens, so that two ways of choosing meet the same luck.
        """
        luck, mood, turn = (rng.random() for _ in range(3))
        chance = self.chance(difficulty)
        correct = luck < chance
        gain = MOST * ATTENTION[self.feeling] * self.learns(chance)
        self.ability += gain
        self.gained += self.stays * gain
        self.asked += self.stays
        self.felt[self.feeling] += self.stays
        self.feeling = _next(self.feeling, chance, correct=correct, mood=mood, turn=turn)
        self.stays *= 1 - LEAVES[self.feeling]
        return correct


def _next(feeling: Feeling, chance: float, *, correct: bool, mood: float, turn: float) -> Feeling:
    """Return what comes after: engaged and confused take turns, confusion that is not resolved
    turns into frustration and that into boredom (D'Mello & Graesser 2012); so does what is easy."""
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
