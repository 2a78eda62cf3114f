"""Ways of choosing the next question, from the same twelve for all; the real functions choose."""

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
from interventions.facts import Fact, Source
from interventions.rule_state import State
from interventions.rules import Rule

HARDEST: Final = 3.0
QUESTION_S: Final = 45
LOOK_S: Final = 15
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
# As the site moves difficulty: ten points, three questions (a test holds them equal).
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
    """One way of choosing, for one learner from the first question to the last."""

    def choose(self, offered: Sequence[float], nth: int, of: int) -> float:
        """Return one of the difficulties offered, logits, for question `nth` of `of`."""

    def watch(self, feeling: Feeling) -> None:
        """Look on while the learner works on it; what is truly felt may be told wrongly."""

    def learn(self, difficulty: float, *, correct: bool) -> None:
        """See the answer."""


class Chance:
    """Any of them."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def choose(self, offered: Sequence[float], nth: int, of: int) -> float:  # noqa: ARG002
        return self.rng.choice(offered)

    def watch(self, feeling: Feeling) -> None:
        """Nobody looks."""

    def learn(self, difficulty: float, *, correct: bool) -> None:
        """Nothing is learnt."""


class Ramp(Chance):
    """From easy to hard at the same pace for everybody."""

    def choose(self, offered: Sequence[float], nth: int, of: int) -> float:
        wanted = 2 * HARDEST * (nth / of - 0.5)
        return min(offered, key=lambda difficulty: abs(difficulty - wanted))


class Elo(Chance):
    """Near the success aimed at, by the learner's Elo rating: the site's own choice."""

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


class Felt(Elo):
    """Elo, and the rules that move difficulty, on a guess that is right so many times in 100."""

    def __init__(self, rng: Random, *, accuracy: float) -> None:
        super().__init__(rng)
        self.accuracy = accuracy
        self.states: Mapping[str, State] = {}
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
        """Run the rules every 15 s on one guess, which stands as long as the question."""
        facts = facts_of(self._guess(feeling), self.right, self.wrong)
        for _ in range(QUESTION_S // LOOK_S):
            self.now += timedelta(seconds=LOOK_S)
            found = engine.evaluate(facts, rules(), self.states, self.now)
            self.states = found.states
            for proposal in found.proposals:
                self.by, self.left = MOVES[_direction(proposal.id)], QUESTIONS

    def _guess(self, feeling: Feeling) -> Feeling:
        lot, other = self.rng.random(), self.rng.randrange(len(FEELINGS) - 1)
        others = [each for each in FEELINGS if each != feeling]
        return feeling if lot < self.accuracy else others[other]

    def learn(self, difficulty: float, *, correct: bool) -> None:
        super().learn(difficulty, correct=correct)
        self.right = self.right + 1 if correct else 0
        self.wrong = 0 if correct else self.wrong + 1


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return the rules that move difficulty, and those that keep others back."""
    return tuple(rule for rule in catalogue.load() if "adjust" in rule.step or not rule.step)


@cache
def _direction(rule: str) -> str:
    return next(each.adjust for each in rules() if each.id == rule)


@lru_cache(maxsize=1024)
def facts_of(guess: Feeling, right: int, wrong: int) -> Mapping[str, Fact]:
    """Return what is known while a question is open: a guess, two streaks, and a quiet page."""
    sensed = {
        signal: _sensed(SURE if guess == name else ELSE) for name, signal in AS_SIGNAL.items()
    }
    quiet = {name: Fact(False, source=source) for name, source in QUIET.items()}
    return {
        **sensed,
        **quiet,
        "wrong_streak": Fact(float(wrong)),
        "correct_streak": Fact(float(right)),
        "rewinds_60s": Fact(0.0),
        "scenario": Fact("course"),
    }


def _sensed(chance: float) -> Fact:
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
        "random": Chance,
        "fixed ramp": Ramp,
        "Elo 75 %": Elo,
        "Elo and rules": lambda rng: Felt(rng, accuracy=0.65),
        "Elo and oracle": lambda rng: Felt(rng, accuracy=1.0),
    }
)
