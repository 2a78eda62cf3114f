"""Strategies for choosing the next question among the same twelve, by the site's functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from random import Random
from types import MappingProxyType
from typing import Final, Protocol

from emotion.knowledge import elo
from emotion.knowledge.elo import Rating, Ratings
from emotion.knowledge.item_selection import Candidate, SuccessBand, draw_question
from emotion.simulate.learning_models import FEELINGS, Feeling
from interventions import catalogue, engine
from interventions.facts import Fact, Facts, Source
from interventions.rule_state import EngineState
from interventions.rules import Rule

HARDEST: Final = 3.0
QUESTION_S: Final = 45
LOOK_S: Final = 15
LOOKS: Final = QUESTION_S // LOOK_S
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
# The site's moves of difficulty: ten points, three questions (a test compares them).
MOVES: Final[Mapping[str, float]] = MappingProxyType({"easier": 0.10, "harder": -0.10})
QUESTIONS: Final = 3
SURE, ELSE, QUALITY = 0.75, 0.08, 0.9
AS_SIGNAL: Final[Mapping[Feeling, str]] = MappingProxyType(
    {
        "engaged": "engaged",
        "confused": "confusion",
        "frustrated": "frustration",
        "bored": "boredom",
    }
)
QUIET: Final[Mapping[str, Source]] = MappingProxyType(
    {"paused": "course", "tab_hidden": "course", "self_got_it": "self", "self_stuck": "self"}
)


class Policy(Protocol):
    """One strategy, for one learner from the first question to the last."""

    def choose(self, offered: Sequence[float], nth: int, of: int) -> float:
        """Return one of the offered difficulties, logits, for question `nth` of `of`."""

    def watch(self, feeling: Feeling) -> None:
        """Observe the learner during the question; the observed feeling may differ from the true
        one.
        """

    def learn(self, difficulty: float, *, correct: bool) -> None:
        """Observe the answer."""


class RandomPolicy:
    """A random question."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def choose(self, offered: Sequence[float], nth: int, of: int) -> float:  # noqa: ARG002
        return self.rng.choice(offered)

    def watch(self, feeling: Feeling) -> None:
        """Ignore the feeling."""

    def learn(self, difficulty: float, *, correct: bool) -> None:
        """Ignore the answer."""


class RampPolicy(RandomPolicy):
    """From easy to hard at the same pace for everybody."""

    def choose(self, offered: Sequence[float], nth: int, of: int) -> float:
        wanted = 2 * HARDEST * (nth / of - 0.5)
        return min(offered, key=lambda difficulty: abs(difficulty - wanted))


class EloPolicy(RandomPolicy):
    """Close to the target success rate by the learner's Elo rating: the site's own choice."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.ratings = Ratings(Rating(), (Rating(),))

    def band(self) -> SuccessBand:
        """Return the range and target for the next question."""
        return SuccessBand()

    def choose(self, offered: Sequence[float], nth: int, of: int) -> float:  # noqa: ARG002
        chances = [elo.predicted_success(self.ratings, difficulty) for difficulty in offered]
        candidates = [Candidate(str(place), chance) for place, chance in enumerate(chances)]
        return offered[int(draw_question(candidates, self.rng, self.band()).chosen.code)]

    def learn(self, difficulty: float, *, correct: bool) -> None:
        self.ratings = elo.update(self.ratings, difficulty, correct=correct)


class AffectPolicy(EloPolicy):
    """Elo plus the rules that change difficulty, with a guess of given accuracy."""

    def __init__(self, rng: Random, *, accuracy: float) -> None:
        super().__init__(rng)
        self.accuracy, self.rules = accuracy, load_rules()
        self.states: Mapping[str, EngineState] = {}
        self.now = BEGAN
        self.right = self.wrong = self.left = 0
        self.by = 0.0

    def band(self) -> SuccessBand:
        return SuccessBand().shift_target(self.by) if self.left else SuccessBand()

    def choose(self, offered: Sequence[float], nth: int, of: int) -> float:
        chosen = super().choose(offered, nth, of)
        self.left = max(0, self.left - 1)
        return chosen

    def watch(self, feeling: Feeling) -> None:
        """Run the rules every 15 s on the estimates of that moment."""
        for sensed in self.estimate(feeling):
            self.now += timedelta(seconds=LOOK_S)
            facts = {**sensed, **make_course_facts(self.right, self.wrong)}
            found = engine.evaluate(facts, self.rules, self.states, self.now)
            self.states = found.states
            for proposal in found.proposals:
                self.by, self.left = MOVES[_find_direction(proposal.id)], QUESTIONS

    def estimate(self, feeling: Feeling) -> Sequence[Facts]:
        """Return the estimates at each look: one guess, the same during the question."""
        return [make_guess_facts(self._guess(feeling))] * LOOKS

    def _guess(self, feeling: Feeling) -> Feeling:
        lot, other = self.rng.random(), self.rng.randrange(len(FEELINGS) - 1)
        others = [each for each in FEELINGS if each != feeling]
        return feeling if lot < self.accuracy else others[other]

    def learn(self, difficulty: float, *, correct: bool) -> None:
        super().learn(difficulty, correct=correct)
        self.right = self.right + 1 if correct else 0
        self.wrong = 0 if correct else self.wrong + 1


class CardPolicy(AffectPolicy):
    """Elo plus the rules that change difficulty, with the estimates and thresholds of a card.

    Parameters
    ----------
    rules
        Those of `load_rules`, with the card's thresholds.
    looks
        By feeling, the estimates of questions during which a simulated learner felt so.
    """

    def __init__(
        self,
        rng: Random,
        rules: Sequence[Rule],
        looks: Mapping[Feeling, Sequence[Sequence[Facts]]],
    ) -> None:
        super().__init__(rng, accuracy=1.0)
        self.rules, self.looks = tuple(rules), looks

    def estimate(self, feeling: Feeling) -> Sequence[Facts]:
        """Return the estimates of one question in which a learner felt so; none where none did."""
        return self.rng.choice(self.looks[feeling] or [[{}] * LOOKS])


@lru_cache(maxsize=1)
def load_rules() -> tuple[Rule, ...]:
    """Return the rules that change difficulty, and those that block others."""
    return tuple(rule for rule in catalogue.load() if "adjust" in rule.step or not rule.step)


@cache
def _find_direction(rule: str) -> str:
    return next(each.adjust for each in load_rules() if each.id == rule)


@cache
def make_guess_facts(guess: Feeling) -> Facts:
    """Return the estimates of a detector that guesses this feeling."""
    return {
        signal: _make_sensed(SURE if guess == name else ELSE) for name, signal in AS_SIGNAL.items()
    }


@lru_cache(maxsize=1024)
def make_course_facts(right: int, wrong: int) -> Facts:
    """Return the other facts while a question is open: two streaks, and an idle page."""
    quiet = {name: Fact(False, source=source) for name, source in QUIET.items()}
    return {
        **quiet,
        "wrong_streak": Fact(float(wrong)),
        "correct_streak": Fact(float(right)),
        "rewinds_60s": Fact(0.0),
        "scenario": Fact("course"),
    }


def _make_sensed(chance: float) -> Fact:
    return Fact(
        chance,
        source="sensed",
        quality=QUALITY,
        scopes=("face:adapt",),
        low=chance - ELSE,
        high=chance + ELSE,
        origin="simulated",
    )


POLICIES: Final[Mapping[str, Callable[[Random], Policy]]] = MappingProxyType(
    {
        "random": RandomPolicy,
        "fixed ramp": RampPolicy,
        "Elo 75 %": EloPolicy,
        "Elo and rules": lambda rng: AffectPolicy(rng, accuracy=0.65),
        "Elo and oracle": lambda rng: AffectPolicy(rng, accuracy=1.0),
    }
)
