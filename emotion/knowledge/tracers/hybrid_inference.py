"""`HybridTracer` for one learner's next answer, as plain arrays: fast, and without scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion.knowledge.elo import PACES, sigmoid

if TYPE_CHECKING:
    from emotion.knowledge.tracers.hybrid import HybridTracer

Array = NDArray[np.float64]
Weights = Mapping[str, NDArray[Any]]

_TREE: Final = ("left", "right", "column", "limit", "value")
_IN_ALL, _ON_SKILLS = 5, 3


@dataclass(frozen=True, slots=True)
class QuestionCodes:
    """A question: its code in the model (-1 = unknown), and its skills' codes."""

    item: int
    skills: tuple[int, ...]


@dataclass(slots=True)
class _Group:
    """Answers of one group: how many, how many right, their signs, and the place of the last."""

    tries: int = 0
    wins: int = 0
    signs: list[int] = field(default_factory=list)
    run: int = 0
    last: int = 0

    def add(self, sign: int, place: int) -> None:
        self.tries, self.wins, self.last = self.tries + 1, self.wins + (sign > 0), place
        self.run = self.run + sign if self.run * sign > 0 else sign
        self.signs.append(sign)

    def last_signs(self, count: int) -> list[int]:
        """Return the last `count`, the newest first; 0 if there is none."""
        last = self.signs[: -count - 1 : -1]
        return last + [0] * (count - len(last))

    @property
    def length(self) -> float:
        return math.copysign(math.log1p(abs(self.run)), self.run) if self.run else 0.0

    @property
    def share(self) -> float:
        return (self.wins + 1.0) / (self.tries + 2.0)


class _Learner:
    """One learner's ratings and counts, updated answer by answer."""

    def __init__(self, difficulty: _Difficulty) -> None:
        self.difficulty = difficulty
        self.whole = _Group()
        self.items: dict[int, _Group] = {}
        self.sets: dict[frozenset[int], _Group] = {}
        self.skills: dict[int, _Group] = {}
        self.overall = [0.0] * len(PACES)
        self.rated: dict[int, list[float]] = {}

    def before(self, asked: QuestionCodes) -> list[float]:
        """Return the overall rating at each pace, then the mean of the skills' at each pace."""
        none = [0.0] * len(PACES)
        each = [self.rated.get(skill, none) for skill in asked.skills]
        return self.overall + [math.fsum(pace) / len(each) for pace in zip(*each, strict=True)]

    def update(self, asked: QuestionCodes, correct: bool) -> None:
        found, hard = self.before(asked), self.difficulty.find(asked)
        for place, pace in enumerate(PACES):
            surprise = correct - sigmoid(found[place] + found[len(PACES) + place] - hard)
            self.overall[place] += surprise * pace.overall.after(self.whole.tries)
            for skill in asked.skills:
                step = pace.skill.after(self.skills.get(skill, _NOTHING).tries)
                self.rated.setdefault(skill, [0.0] * len(PACES))[place] += surprise * step
        sign, number = 1 if correct else -1, self.whole.tries
        for group in (
            self.whole,
            self.items.setdefault(asked.item, _Group()),
            self.sets.setdefault(frozenset(asked.skills), _Group()),
            *(self.skills.setdefault(skill, _Group()) for skill in asked.skills),
        ):
            group.add(sign, number)

    def states(self, asked: QuestionCodes) -> list[float]:
        """Return the columns of `EloStates.transform`, then those of `recent_answers`."""
        hard, rated = self.difficulty.find(asked), self.before(asked)
        live = rated[0] + rated[len(PACES)] - hard
        same = self.sets.get(frozenset(asked.skills), _NOTHING)
        return [
            hard,
            self.difficulty.find_for_skills(asked),
            self.difficulty.evidence(asked),
            live,
            sigmoid(live),
            *rated,
            *self.whole.last_signs(_IN_ALL),
            *same.last_signs(_ON_SKILLS),
            *self.items.get(asked.item, _NOTHING).last_signs(1),
            self.whole.length,
            same.length,
            math.log1p(same.wins),
            math.log1p(same.tries),
            same.share,
            math.log1p(self.whole.tries - same.last) if same.tries else 0.0,
            float(self.whole.tries == 0),
            self.whole.share,
        ]


class _Difficulty:
    """The model's difficulties of items and skills, in logits."""

    def __init__(self, weights: Weights) -> None:
        self.items = weights["elo.difficulty"].tolist()
        self.answers = weights["elo.answers"].tolist()
        self.skills = weights["elo.skill_difficulty"].tolist()

    def find(self, asked: QuestionCodes) -> float:
        found = self.items[asked.item] if asked.item >= 0 else math.nan
        return self.find_for_skills(asked) if math.isnan(found) else float(found)

    def find_for_skills(self, asked: QuestionCodes) -> float:
        known = [self.skills[s] if s < len(self.skills) else 0.0 for s in asked.skills]
        return math.fsum(known) / len(known)

    def evidence(self, asked: QuestionCodes) -> float:
        return math.log1p(self.answers[asked.item]) if asked.item >= 0 else 0.0


class LiveHybrid:
    """A fitted `HybridTracer`, for one learner at a time.

    Parameters
    ----------
    weights
        As `pack` gives them.
    """

    def __init__(self, weights: Weights) -> None:
        self._difficulty = _Difficulty(weights)
        self._coef = weights["line.coef"].astype(np.float64)
        self._trees = {part: weights[f"trees.{part}"] for part in (*_TREE, "roots")}
        self._middle, self._spread = weights["states.middle"], weights["states.spread"]
        self._line, self._base, self._temperature = weights["constants"].tolist()
        self._items, self._skills = (len(weights[f"elo.{n}"]) for n in _SIZES)

    def chances(
        self, history: Sequence[tuple[QuestionCodes, bool]], next_: Sequence[QuestionCodes]
    ) -> list[float]:
        """Return the probability of a right answer to each question, after the answers of
        `history`.

        Parameters
        ----------
        history
            The learner's first answer to each question, oldest first.
        next_
            Possible next questions, each with one skill or more.

        Returns
        -------
        list of float
            0 to 1, those of `HybridTracer.predict_proba`.
        """
        learner = _Learner(self._difficulty)
        for asked, correct in history:
            learner.update(asked, correct)
        states = np.array([learner.states(asked) for asked in next_]).reshape(len(next_), -1)
        scaled = (states - self._middle) / self._spread
        line = scaled @ self._coef[-len(self._middle) :] + self._line
        line += [self._sum_counts(learner, asked) for asked in next_]
        logits = (line + self._sum_trees(scaled)) / 2.0 / self._temperature
        return [sigmoid(float(logit)) for logit in logits]

    def _sum_counts(self, learner: _Learner, asked: QuestionCodes) -> float:
        """Return the contribution of Best-LR's columns to the linear part."""
        item = learner.items.get(asked.item, _NOTHING)
        counts = (learner.whole.wins, learner.whole.tries, item.wins, item.tries)
        at = self._items + 3 * self._skills
        found = [math.log1p(n) * c for n, c in zip(counts, self._coef[at : at + 4], strict=True)]
        if asked.item >= 0:
            found.append(self._coef[asked.item])
        for skill in asked.skills:
            if skill < self._skills:
                own, start = learner.skills.get(skill, _NOTHING), self._items + skill
                here, wins, tries = self._coef[start : at : self._skills]
                found += [here, wins * math.log1p(own.wins), tries * math.log1p(own.tries)]
        return math.fsum(found)

    def _sum_trees(self, rows: Array) -> Array:
        """Return (N,): the sum of the trees' leaves and their baseline."""
        tree = self._trees
        node = np.repeat(tree["roots"][None, :], len(rows), axis=0)  # (N, trees)
        while (inside := tree["left"][node] >= 0).any():
            value = np.take_along_axis(rows, np.where(inside, tree["column"][node], 0), axis=1)
            onward = np.where(value <= tree["limit"][node], tree["left"][node], tree["right"][node])
            node = np.where(inside, onward, node)
        return np.asarray(tree["value"][node].sum(axis=1) + self._base)


def pack(model: HybridTracer) -> dict[str, NDArray[Any]]:
    """Return a fitted model's arrays."""
    nodes = [grown[0].nodes for grown in model.trees_._predictors]
    roots = np.concatenate([[0], np.cumsum([len(each) for each in nodes])[:-1]])
    parts = [_nodes(each, root) for each, root in zip(nodes, roots.tolist(), strict=True)]
    trees = [np.concatenate(part) for part in zip(*parts, strict=True)]
    base = float(model.trees_._baseline_prediction.ravel()[0])
    return {
        "elo.difficulty": model.states_.difficulty_,
        "elo.answers": model.states_.answers_,
        "elo.skill_difficulty": model.states_.skill_difficulty_,
        "line.coef": model.model_.coef_.ravel(),
        "states.middle": model.middle_,
        "states.spread": model.spread_,
        "constants": np.array([model.model_.intercept_[0], base, model.temperature_]),
        **{f"trees.{name}": part for name, part in zip(_TREE, trees, strict=True)},
        "trees.roots": roots.astype(np.int32),
    }


def _nodes(nodes: NDArray[Any], root: int) -> tuple[NDArray[Any], ...]:
    leaf = nodes["is_leaf"].astype(bool)
    sides = (np.where(leaf, -1, nodes[side].astype(np.int64) + root) for side in ("left", "right"))
    return (
        *(side.astype(np.int32) for side in sides),
        np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
        np.where(leaf, 0.0, nodes["num_threshold"]).astype(np.float64),
        np.where(leaf, nodes["value"], 0.0).astype(np.float64),
    )


_NOTHING: Final = _Group()
_SIZES: Final = ("difficulty", "skill_difficulty")
