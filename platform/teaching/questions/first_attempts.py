"""Load a group's first tries at the questions of a course, in two queries and without unsealing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import numpy as np
from django.db.models import Max, Q

from courses.models import Course, Response
from emotion.evaluation.statistics.item_analysis import Array

_COLUMNS: Final = ("learner_id", "question_id", "correct", "partly", "partly_of", "elapsed_ms")


@dataclass(slots=True)
class FirstTries:
    """First tries at one question by learner: correct, share of the points, and seconds.

    `helped` are the learners who used a hint.
    """

    right: dict[int, bool] = field(default_factory=dict)
    shares: dict[int, float] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    helped: set[int] = field(default_factory=set)

    @property
    def n(self) -> int:
        return len(self.right)

    @property
    def has_shares(self) -> bool:
        """Return whether a first try earned a share of the points, neither none nor all."""
        return any(0 < share < 1 for share in self.shares.values())

    @property
    def median_s(self) -> float:
        """Return the median duration of a first try in seconds; 0 if none is known."""
        return median(self.seconds.values()) if self.seconds else 0.0


def load_first_tries(course: Course, learners: Collection[int]) -> Mapping[int, FirstTries]:
    """Return the first tries by question pk; questions without any are left out."""
    in_use = Q(question__unit__isnull=False) | Q(question__in_bank=True)
    rows = Response.objects.filter(in_use, question__course=course, learner__any_of=learners)
    found: dict[int, FirstTries] = defaultdict(FirstTries)
    first = rows.order_by("learner_id", "question_id", "answered_at", "id")
    # A class of 500 gives tens of thousands in a year, so no row becomes an object.
    for learner, question, right, partly, of, elapsed_ms in first.distinct(
        "learner", "question"
    ).values_list(*_COLUMNS):
        own = found[question]
        own.right[learner] = right
        own.shares[learner] = 1.0 if right else partly / of
        if elapsed_ms:
            own.seconds[learner] = elapsed_ms / 1000
    most = rows.order_by().values_list("learner", "question").annotate(Max("hints_used"))
    for learner, question, hints in most:
        if hints:
            found[question].helped.add(learner)
    return found


def score_matrix(
    found: Mapping[int, FirstTries], learners: Collection[int]
) -> tuple[Array, dict[int, int]]:
    """Return the (N, K) first-try scores, NaN where there is none, and the column of each question.

    N learners, K questions.
    """
    rows = {learner: place for place, learner in enumerate(learners)}
    columns = {question: place for place, question in enumerate(sorted(found))}
    filled = np.full((len(rows), len(columns)), np.nan)
    for question, each in found.items():
        for learner, right in each.right.items():
            filled[rows[learner], columns[question]] = float(right)
    return filled, columns
