"""The sources of evidence, and the contrasts of a class's learners in each.

Deeds and "I'm stuck" are course actions, which Teachers see by name: their cells have a floor and
no noise (ADR 0031). "Got it" is not read, because Teachers may see it only with noise (ADR 0040).

Limits, sizes, spreads, drift and lag were chosen on simulated learners of seed 501, which no
reported figure uses. Which deeds count for which axis follows from what they mean. How long a
learner took is no source yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.labels import Affect
from emotion.lesson_parts.cells import Source
from emotion.lesson_parts.evidence import (
    Array,
    exceed_rate,
    exceed_share,
    limit_contrasts,
    score_excess,
    score_windows,
    share_contrasts,
)

AXES: Final = ("hard", "boring")
SOURCES: Final = (
    Source("actions", "hard", sensed=False, size=0.055, spread=0.14, limit=3.0),
    Source("deeds", "hard", sensed=False, size=0.055, spread=0.14, limit=3.0),
    Source("reports", "hard", sensed=False, size=0.02, spread=0.06, limit=3.0),
    Source("sensing", "hard", sensed=True, size=0.065, spread=0.14),
    Source("actions", "boring", sensed=False, size=0.03, spread=0.14, limit=3.0),
    Source("sensing", "boring", sensed=True, size=0.065, spread=0.14),
)
# What an estimate is made from. Actions are deeds and reports together: few learners report, so as
# a source of their own reports would add more chance than evidence. Each alone is for comparison.
POOLED: Final = ("actions", "sensing")
# Of a Window, which labels' probabilities make up its value.
FELT: Final[Mapping[str, tuple[Affect, ...]]] = {
    "hard": (Affect.CONFUSION, Affect.FRUSTRATION),
    "boring": (Affect.BOREDOM, Affect.DISTRACTION),
}
# Theory: boredom grows with time on task, and confusion gives way to it. How much a minute is a
# constant of the simulator's plain lessons of seed 501, not of any class. People may differ, so a
# line over the parts is also taken off the means (`emotion.lesson_parts.pooling`).
DRIFT_PER_MINUTE: Final[Mapping[str, float]] = {"hard": -0.003, "boring": 0.006}
# Windows of the first minute have no baseline, so they are not compared with later ones.
FIRST_MIN: Final = 1.0
# A state outlasts what caused it. A Window counts for the part that was on this long before.
LAG_S: Final = 20.0
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class LessonDeeds:
    """Counts of learners (L) by part: what they did and reported.

    All deeds count, also those that an offer led to. Teachers see the deeds, so the difference from
    published means without these would show exactly who got an offer.

    Attributes
    ----------
    rewinds, pauses, hints, wrong, answers, stuck : (L, P)
    film_s, question_s : (L, P)
        Seconds that each learner spent in a part of the film, and in its question.
    """

    rewinds: Array
    pauses: Array
    hints: Array
    wrong: Array
    answers: Array
    stuck: Array
    film_s: Array
    question_s: Array


@dataclass(frozen=True, slots=True, eq=False)
class LessonWindows:
    """The Estimates of learners (L) in a lesson.

    Attributes
    ----------
    proba : (L, W, K)
        Probabilities of `labels`, made without the film's text.
    abstain : (L, W) bool
    labels : K names
    minutes : (W,)
        Since the Sitting began.
    parts, phases : (W,) int
        What was on `LAG_S` before, and whether the Window is of the film or of the questions.
    """

    proba: Array
    abstain: NDArray[np.bool_]
    labels: tuple[str, ...]
    minutes: Array
    parts: NDArray[np.int64]
    phases: NDArray[np.int64]


def score_deeds(deeds: LessonDeeds) -> dict[Key, Array]:
    """Return the scores (L, P) of deeds and reports, by axis and source."""
    rewinds = exceed_rate(deeds.rewinds, deeds.film_s)
    pauses = exceed_rate(deeds.pauses, deeds.film_s)
    wrong = exceed_share(deeds.wrong, deeds.answers)
    hints = exceed_rate(deeds.hints, deeds.question_s)
    stuck = exceed_rate(deeds.stuck, deeds.film_s + deeds.question_s)
    return {
        ("hard", "actions"): score_excess([rewinds, wrong, hints, stuck]),
        ("hard", "deeds"): score_excess([rewinds, wrong, hints]),
        ("hard", "reports"): score_excess([stuck]),
        ("boring", "actions"): score_excess([pauses], minus=[rewinds]),
    }


def score_estimates(
    windows: LessonWindows, drift: Mapping[str, float] = DRIFT_PER_MINUTE
) -> dict[Key, Array]:
    """Return the scores (L, P) of sensing, by axis and source; `drift` is a minute's, by axis."""
    used = ~windows.abstain & (windows.minutes >= FIRST_MIN)
    weights = np.where(used, windows.proba.max(axis=-1), 0.0)
    found = {}
    for axis, labels in FELT.items():
        columns = [windows.labels.index(label) for label in labels if label in windows.labels]
        values = windows.proba[..., columns].sum(axis=-1)
        found[axis, "sensing"] = score_windows(
            values, weights, windows.parts, windows.phases, drift[axis] * windows.minutes
        )
    return found


def make_contrasts(scores: Mapping[Key, Array]) -> dict[Key, Array]:
    """Return the contrasts (L, P) of scores, by axis and source."""
    return {
        key: share_contrasts(found) if source.sensed else limit_contrasts(found, source.limit)
        for source in SOURCES
        if (found := scores.get(key := (source.axis, source.name))) is not None
    }


def list_sources(axis: str) -> list[Source]:
    """Return the sources of an axis, in the order of the estimates."""
    return [source for source in SOURCES if source.axis == axis]
