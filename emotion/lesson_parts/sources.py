"""The sources of evidence, and the contrasts of a class's learners in each.

Deeds and "I'm stuck" are course actions, which Teachers see by name: their cells have a floor and
no noise (ADR 0031). "Got it" is not read, because Teachers may see it only with noise (ADR 0040).

Limits, spreads and drift were chosen on simulated learners of seed 501, which no reported figure
uses. Which deeds count for which axis follows from what they mean, not from any draw.
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
    clip_contrasts,
    measure_certainty,
    score_counts,
    score_windows,
    score_wrong,
    sum_scores,
)

AXES: Final = ("hard", "boring")
SOURCES: Final = (
    Source("deeds", "hard", sensed=False, limit=4.0),
    Source("reports", "hard", sensed=False, limit=4.0),
    Source("sensing", "hard", sensed=True, limit=1.0, spread=0.4),
    Source("deeds", "boring", sensed=False, limit=4.0),
    Source("sensing", "boring", sensed=True, limit=1.0, spread=0.4),
)
# Of a Window, which labels' probabilities make up its value.
FELT: Final[Mapping[str, tuple[Affect, ...]]] = {
    "hard": (Affect.CONFUSION, Affect.FRUSTRATION),
    "boring": (Affect.BOREDOM, Affect.DISTRACTION),
}
# By how much the value of a Window changes in a minute of a Sitting, whatever is shown.
DRIFT_PER_MINUTE: Final[Mapping[str, float]] = {"hard": 0.0, "boring": 0.0}


@dataclass(frozen=True, slots=True, eq=False)
class LessonDeeds:
    """Counts of learners (L) by part: what they did and reported.

    Attributes
    ----------
    rewinds, pauses, hints, wrong, answers, stuck : (L, P)
    film_s, question_s : (P,)
        Seconds of each part in the film, and in its question.
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
    """

    proba: Array
    abstain: NDArray[np.bool_]
    labels: tuple[str, ...]
    minutes: Array
    parts: NDArray[np.int64]
    phases: NDArray[np.int64]


def contrast_deeds(deeds: LessonDeeds) -> dict[tuple[str, str], Array]:
    """Return the contrasts (L, P) of deeds and reports, by axis and source."""
    rewinds = score_counts(deeds.rewinds, deeds.film_s)
    trouble = {
        "rewinds": rewinds,
        "wrong": score_wrong(deeds.wrong, deeds.answers),
        "hints": score_counts(deeds.hints, deeds.question_s),
    }
    idle = {"pauses": score_counts(deeds.pauses, deeds.film_s), "rewinds": rewinds}
    scores = {
        ("hard", "deeds"): sum_scores(trouble, dict.fromkeys(trouble, 1.0)),
        ("hard", "reports"): score_counts(deeds.stuck, deeds.film_s + deeds.question_s),
        ("boring", "deeds"): sum_scores(idle, {"pauses": 1.0, "rewinds": -0.5}),
    }
    return {key: clip_contrasts(found, _limit(key)) for key, found in scores.items()}


def contrast_windows(windows: LessonWindows) -> dict[tuple[str, str], Array]:
    """Return the contrasts (L, P) of sensing, by axis and source."""
    certainty = np.where(windows.abstain, 0.0, measure_certainty(windows.proba))
    found = {}
    for axis, labels in FELT.items():
        columns = [windows.labels.index(label) for label in labels if label in windows.labels]
        values = windows.proba[..., columns].sum(axis=-1)
        values = values - DRIFT_PER_MINUTE[axis] * windows.minutes
        scores = score_windows(values, certainty, windows.parts, windows.phases)
        key = axis, "sensing"
        found[key] = clip_contrasts(scores, _limit(key))
    return found


def list_sources(axis: str) -> list[Source]:
    """Return the sources of an axis, in the order of the estimates."""
    return [source for source in SOURCES if source.axis == axis]


def _limit(key: tuple[str, str]) -> float:
    (source,) = [each for each in SOURCES if (each.axis, each.name) == key]
    return source.limit
