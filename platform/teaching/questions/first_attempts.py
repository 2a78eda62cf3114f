"""First tries of a group at the questions of a course, in two queries; nothing sealed is opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from django.db.models import Max

from courses.models import Course, Response
from emotion.evaluation.statistics.item_analysis import Array


@dataclass(slots=True)
class Tries:
    """Of one question: right at the first try and its seconds by person, and who used a hint."""

    right: dict[int, bool] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    helped: set[int] = field(default_factory=set)

    @property
    def n(self) -> int:
        return len(self.right)

    @property
    def usual_s(self) -> float:
        """The middle of how long a first try took."""
        return median(self.seconds.values()) if self.seconds else 0.0


def tries(course: Course, learners: Collection[int]) -> Mapping[int, Tries]:
    """By question pk; one that nobody tried is not there."""
    rows = Response.objects.filter(
        question__course=course, question__unit__isnull=False, learner__in=learners
    )
    found: dict[int, Tries] = defaultdict(Tries)
    first = rows.order_by("learner", "question", "answered_at", "id")
    for learner, question, correct, elapsed_ms in first.distinct("learner", "question").values_list(
        "learner", "question", "correct", "elapsed_ms"
    ):
        found[question].right[learner] = correct
        if elapsed_ms:
            found[question].seconds[learner] = elapsed_ms / 1000
    most = rows.order_by().values_list("learner", "question").annotate(Max("hints_used"))
    for learner, question, hints in most:
        if hints:
            found[question].helped.add(learner)
    return found


def table(found: Mapping[int, Tries], learners: Collection[int]) -> tuple[Array, dict[int, int]]:
    """The (N, K) first tries, NaN where there was none, and the column of each question."""
    rows = {learner: place for place, learner in enumerate(learners)}
    columns = {question: place for place, question in enumerate(sorted(found))}
    filled = np.full((len(rows), len(columns)), np.nan)
    for question, each in found.items():
        for learner, right in each.right.items():
            filled[rows[learner], columns[question]] = float(right)
    return filled, columns
