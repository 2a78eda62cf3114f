"""Mastery of a skill by logistic tracing of past answers, with its uncertainty range."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from emotion.knowledge.elo import sigmoid


@dataclass(frozen=True, slots=True)
class SkillAnswer:
    """One answer on a skill; a history lists the oldest first.

    ``assisted`` is True after hints or earlier tries at the same question. Such a right answer
    counts less, but never against the Learner.
    """

    correct: bool
    assisted: bool = False


@dataclass(frozen=True, slots=True)
class Weights:
    """w_0 and w_i of equation (2); all w_i are at least 0, so no right answer can lower mastery.

    Raises
    ------
    ValueError
        If a w_i is negative or any weight is not finite.
    """

    bias: float
    wins: float
    misses: float
    recent: float

    def __post_init__(self) -> None:
        slopes = (self.wins, self.misses, self.recent)
        if min(slopes) < 0 or not all(map(math.isfinite, (self.bias, *slopes))):
            raise ValueError(f"weights: expected finite, slopes at least 0, got {self}")


# Theoretical priors, all assumed, none fitted to people. With bias 0 and slopes 1 on log(1 + wins)
# and log(1 + misses), equation (2) is Laplace's rule of succession, (1 + wins) / (2 + answers): the
# posterior mean of a probability under a flat prior. That recent answers are more informative is
# taken from recency-weighted performance factors analysis ([2] of `trace`). How much more is
# assumed: at 0.3 the range covered 77 of 100 simulated learners of constant ability after 1 to 80
# answers (nominal 80), at 0.5 only 72 after 80.
THEORY_PRIOR: Final = Weights(bias=0.0, wins=1.0, misses=1.0, recent=0.3)
# Assumed: share of the recent mean that one answer replaces (the last three make up two thirds).
RECENT_SHARE: Final = 0.3
# Assumed: credit for a right answer after help, of 1.
ASSISTED_CREDIT: Final = 0.5
# Assumed: spread of abilities before any answer, in logits (80 % of people within 13-87 %).
PRIOR_SD: Final = 1.5
_Z80: Final = 1.2815515655446004


@dataclass(frozen=True, slots=True)
class Mastery:
    """Probability that a skill is known, with an 80 % range, from n answers.

    At n = 0 nothing is known yet: `is_known` is False, and `p`, `lo`, `hi` are the prior's, for
    computation only, not for display.
    """

    p: float
    lo: float
    hi: float
    n: int

    @property
    def is_known(self) -> bool:
        """Return whether there is anything to display."""
        return self.n > 0


@dataclass(frozen=True, slots=True)
class Features:
    """The X_i of equation (2) for one skill.

    ``wins`` and ``misses`` are counts (an assisted win counts half). ``recent`` is the
    recency-weighted mean of right (+1) and wrong (-1) answers, starting at 0.
    """

    wins: float = 0.0
    misses: int = 0
    recent: float = 0.0

    def after(self, answer: SkillAnswer) -> Features:
        """Return the features after the next answer."""
        if not answer.correct:
            return Features(self.wins, self.misses + 1, self._recent(-1.0, RECENT_SHARE))
        credit = ASSISTED_CREDIT if answer.assisted else 1.0
        return Features(self.wins + credit, self.misses, self._recent(1.0, RECENT_SHARE * credit))

    def _recent(self, value: float, share: float) -> float:
        return self.recent + share * (value - self.recent)


def logit(features: Features, weights: Weights = THEORY_PRIOR) -> float:
    """Return w_0 + sum w_i X_i of equation (2)."""
    return (
        weights.bias
        + weights.wins * math.log1p(features.wins)
        - weights.misses * math.log1p(features.misses)
        + weights.recent * features.recent
    )


def trace(history: Iterable[SkillAnswer], weights: Weights = THEORY_PRIOR) -> Mastery:
    """Trace mastery of one skill through its answers.

    Parameters
    ----------
    history
        Answers on the skill, oldest first.
    weights
        w_0 and w_i; the theoretical prior unless fitted ones are given.

    Returns
    -------
    Mastery
        P(L = 1 | X) with its 80 % range and the number of answers.

    Notes
    -----
    P(L_n = 1 | X) = sigma(w_0 + sum_i w_i X_i), here per skill: paper 3, equation 2 ([1]_).
    The range is a Laplace approximation on the logit scale. The ability has a normal prior of
    standard deviation `PRIOR_SD`, and an answer with probability p adds the Fisher information p (1
    - p) of a Bernoulli trial. The recent mean keeps its own noise however long the history, so its
    variance is added. The range narrows on the logit scale with every answer.

    References
    ----------
    .. [1] N. Zhang, W. Y. Leong, "Intelligent emotional computing with deep convolutional neural
       networks: Multimodal feature analysis and application in smart learning environments"
       (2025).
    .. [2] A. Galyardt, I. Goldin, "Move your lamp post: recent data reflects learner knowledge
       better than older data", Journal of Educational Data Mining 7 (2015).
    """
    answers = list(history)
    return trace_after(answers, [len(answers)], weights)[0]


def trace_after(
    history: Sequence[SkillAnswer], counts: Sequence[int], weights: Weights = THEORY_PRIOR
) -> list[Mastery]:
    """Trace mastery as `trace` does, after each of several numbers of answers, fewest first.

    Takes one pass over the history.
    """
    features, information, done, found = Features(), 1.0 / PRIOR_SD**2, 0, []
    for count in counts:
        for answer in history[done:count]:
            chance = sigmoid(logit(features, weights))
            information += chance * (1.0 - chance)
            features = features.after(answer)
        done = count
        found.append(_mastery(features, information, count, weights))
    return found


def _mastery(features: Features, information: float, n: int, weights: Weights) -> Mastery:
    centre, reach = logit(features, weights), _Z80 * math.sqrt(1.0 / information + _noise(weights))
    return Mastery(sigmoid(centre), sigmoid(centre - reach), sigmoid(centre + reach), n)


def _noise(weights: Weights) -> float:
    """Return the largest lasting variance of the recency term, at a probability of one half."""
    return weights.recent**2 * RECENT_SHARE / (2.0 - RECENT_SHARE)
