"""Knowledge of a simulated person, and how answers change it: the ground truth of Responses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType

from demo.simulated_learners.course import AnswerableQuestion
from emotion.knowledge.elo import difficulty_logit

FROM_RIGHT, FROM_WRONG = 0.25, 0.12
A_TRY, A_HINT = 0.6, 0.5
# Assumed: how a state changes the chance of a right answer (logits).
STATES: Mapping[str, float] = MappingProxyType(
    {"CONFUSION": -0.8, "FRUSTRATION": -1.0, "DISTRACTION": -0.6, "INTEREST": 0.3}
)


@dataclass(slots=True)
class LearnerKnowledge:
    """General ability (logits), what was learnt of each Skill, and tries per question.

    With `ability` 0 a question of medium difficulty is answered correctly about half of the time.
    """

    ability: float
    learnt: dict[int, float] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)

    def chance(self, ask: AnswerableQuestion, *, hints: int = 0, state: str = "") -> float:
        """Return the present probability of a right answer."""
        known = [self.learnt.get(skill, 0.0) for skill in ask.skills]
        logit = self.ability - difficulty_logit(ask.difficulty) + STATES.get(state, 0.0)
        logit += sum(known) / max(1, len(known))
        logit += A_TRY * self.tries.get(ask.pk, 0) + A_HINT * hints
        return 1 / (1 + math.exp(-logit))

    def answer(
        self, ask: AnswerableQuestion, rng: Random, *, hints: int = 0, state: str = ""
    ) -> bool:
        """Draw an answer and learn from it; return whether it was right."""
        right = rng.random() < self.chance(ask, hints=hints, state=state)
        for skill in ask.skills:
            gained = FROM_RIGHT if right else FROM_WRONG
            self.learnt[skill] = self.learnt.get(skill, 0.0) + gained
        self.tries[ask.pk] = 0 if right else self.tries.get(ask.pk, 0) + 1
        return right
