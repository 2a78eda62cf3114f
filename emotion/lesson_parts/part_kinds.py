r"""Chapters and questions of a lesson in one order, from what learners did there.

Chapters are compared with chapters and questions with questions, since the two have no usual in
common. Each source of a kind (replays, wrong first tries, hints, "I'm stuck") has the excess of
each learner over their own usual (`emotion.lesson_parts.evidence`). The excesses of a kind are
added, and averaged over learners without noise, as course actions are (ADR 0031). A part's score is
its mean in standard errors of parts that are alike. With n learners, the variance of one contrast
is that of the class, drawn towards the usual one as if ten more learners had that: so two presses
in a class in which nothing else happened are no verdict. The order is that of the score. A part is
unusual if its score exceeds what the highest of all parts of the lesson exceeds in `ALARMS` of
lessons whose parts are alike.

How much more is done in a longer chapter is not known: as much a visit, or as much a second. So a
chapter's score is the lower one of both.

Deeds that fewer people than the floor did at a part are taken as the most that this could be. So
every count below the floor gives the same result, and nothing here tells one person's deed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.lesson_parts.cells import SHRINKAGE
from emotion.lesson_parts.evidence import (
    Array,
    Excess,
    exceed_rate,
    exceed_share,
    limit_contrasts,
    score_excess,
)
from emotion.lesson_parts.pooling import ALARMS, bound_ranks, find_threshold
from emotion.lesson_parts.sources import SOURCES

# The spread of a contrast and its limit are those of all actions together.
ACTIONS: Final = next(each for each in SOURCES if (each.axis, each.name) == ("hard", "actions"))
# From so many standard errors on, a source alone counts as a driver of a part's place.
LEAST_DRIVEN: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class PartCounts:
    """What learners (L) did at parts (P) of one kind.

    Attributes
    ----------
    counts : (L, P)
    among : (L, P)
        Seconds, or tries, in which it could be done; 0 = the learner was not there.
    is_share : bool
        At most one in each try, as wrong answers are.
    """

    counts: Array
    among: Array
    is_share: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PartKind:
    """The parts of one kind: their keys (P), and what was done there by source.

    `alternatives` has the same counts in another measure of exposure, as visits instead of seconds;
    a part's score is the lower one of both.
    """

    keys: tuple[str, ...]
    sources: Mapping[str, PartCounts]
    alternatives: Mapping[str, PartCounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartOrder:
    """One part against the others of its kind.

    Attributes
    ----------
    score : float
        In standard errors of parts that are alike.
    is_unusual : bool
        The verdict; False = no difference seen.
    first, last : int
        The ranks among all parts of the lesson that chance allows.
    drivers : tuple of str
        Sources that raise the part, the one that does most first.
    """

    key: str
    score: float
    is_unusual: bool
    first: int
    last: int
    drivers: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KindScores:
    """The scores of one kind's parts.

    Attributes
    ----------
    n : int
        Number of learners.
    score, errors : (P,)
        In standard errors of parts that are alike, and by how much of it a score may err.
    alone : mapping from source to (P,)
        The same score of each source alone; -inf where it is not shown.
    """

    keys: tuple[str, ...]
    n: int
    score: Array
    errors: Array
    alone: Mapping[str, Array]


def order_parts(kinds: Sequence[PartKind], floor: int) -> list[PartOrder]:
    """Return all parts, hardest first; a kind with too few learners has none."""
    found = [each for kind in kinds if (each := score_kind(kind, floor)) is not None]
    if not found:
        return []
    keys = [key for each in found for key in each.keys]
    score = np.concatenate([each.score for each in found])
    errors = np.concatenate([each.errors for each in found])
    limits = [find_threshold(len(keys), each.n, ALARMS) for each in found for _ in each.keys]
    drivers = [names for each in found for names in _list_drivers(each)]
    unusual = (score > np.array(limits)) & np.array([bool(names) for names in drivers])
    first, last = bound_ranks(score, errors)
    order = sorted(range(len(keys)), key=lambda at: (not unusual[at], -score[at]))
    return [
        PartOrder(
            keys[at],
            float(score[at]),
            bool(unusual[at]),
            int(first[at]),
            int(last[at]),
            drivers[at],
        )
        for at in order
    ]


def score_kind(kind: PartKind, floor: int) -> KindScores | None:
    """Return the scores of one kind of part; None if learners are too few.

    A learner who was at none of the parts does not count.
    """
    found = _score_sources(kind.keys, kind.sources, floor)
    other = _score_sources(kind.keys, kind.alternatives, floor) if kind.alternatives else None
    if found is None or other is None:
        return found
    return KindScores(
        kind.keys,
        found.n,
        np.minimum(found.score, other.score),
        np.where(other.score < found.score, other.errors, found.errors),
        {name: np.minimum(each, other.alone[name]) for name, each in found.alone.items()},
    )


def _score_sources(
    keys: tuple[str, ...], sources: Mapping[str, PartCounts], floor: int
) -> KindScores | None:
    present = [each.among.sum(axis=1) > 0 for each in sources.values()]
    there = np.asarray(np.stack(present).any(axis=0))
    people = int(there.sum())
    if people < max(floor, 1):
        return None
    kept = {name: _keep(each, there) for name, each in sources.items()}
    shown = {name: is_shown(each, floor) for name, each in kept.items()}
    excess = {name: _exceed(each, shown[name], floor) for name, each in kept.items()}
    score, errors = _standardise(list(excess.values()))
    alone = {
        name: np.where(shown[name], _standardise([each])[0], -np.inf)
        for name, each in excess.items()
    }
    return KindScores(keys, people, score, errors, alone)


def _standardise(excess: Sequence[Excess]) -> tuple[Array, Array]:
    """Return the score of each part (P,), and its standard error."""
    contrasts = limit_contrasts(score_excess(excess), ACTIONS.limit)  # (L, P)
    people = len(contrasts)
    own = contrasts.var(axis=0) * people / max(people - 1, 1)
    alike = (people * own.mean() + SHRINKAGE * ACTIONS.spread**2) / (people + SHRINKAGE)
    spread = (people * own + SHRINKAGE * alike) / (people + SHRINKAGE)
    return contrasts.mean(axis=0) / np.sqrt(alike / people), np.sqrt(spread / alike)


def is_shown(found: PartCounts, floor: int) -> NDArray[np.bool_]:
    """Return (P,): whether as many people as the floor did it at the part."""
    return np.asarray((found.counts > 0).sum(axis=0) >= floor)


def hide_rare(found: PartCounts, shown: NDArray[np.bool_], floor: int) -> PartCounts:
    """Return the counts; parts that are not shown have the most that they could, one alike for all.

    That is one person less than the floor. So a part above the floor is compared with the most that
    the others could have, and what they have stays unknown.
    """
    there = np.maximum((found.among > 0).sum(axis=0), 1)
    most = np.minimum(max(floor - 1, 0) / there, 1.0)
    rare = np.where(found.among > 0, most, 0.0)
    return PartCounts(np.where(shown, found.counts, rare), found.among, found.is_share)


def _keep(found: PartCounts, there: NDArray[np.bool_]) -> PartCounts:
    """Return the counts of those who were there, at parts where each of them was."""
    counts = np.where(found.among > 0, found.counts, 0.0)
    return PartCounts(counts[there], found.among[there], found.is_share)


def _exceed(found: PartCounts, shown: NDArray[np.bool_], floor: int) -> Excess:
    """Return the excess of each learner; a part that is not shown never has any."""
    known = hide_rare(found, shown, floor)
    excess = (exceed_share if found.is_share else exceed_rate)(known.counts, known.among)
    return Excess(np.where(shown, excess.counts, np.minimum(excess.counts, 0.0)), excess.variance)


def _list_drivers(found: KindScores) -> list[tuple[str, ...]]:
    """Return for each part the sources that raise it, the one that does most first."""
    return [
        tuple(
            name
            for name, score in sorted(
                ((name, float(scores[at])) for name, scores in found.alone.items()),
                key=lambda each: -each[1],
            )
            if score >= LEAST_DRIVEN
        )
        for at in range(len(found.keys))
    ]
