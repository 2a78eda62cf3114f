"""What came next after a decision, and what that says about the Rule: measured once, in time.

Held back by lot means that nothing at all was shown; both kinds are followed in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from django.db.models import Q

from adaptation.effects import measurement_queue
from adaptation.effects.models import ProximalOutcome, Trial
from adaptation.effects.next_answer import WITHIN, next_try
from adaptation.models import Intervention
from consent.scopes import split
from courses.models import Course
from emotion.evaluation.statistics import causal_excursion_effect
from emotion.evaluation.statistics.causal_excursion_effect import Decisions, Effect
from telemetry.models import Sitting

LEFT_BY: Final = timedelta(minutes=5)
# The difference that a trial is made large enough to show: 14 points, about 500 even lots.
DIFFERENCE: Final = 0.14
MEASURED: Final = ("due_at", "right", "after_s", "left")
COLUMNS: Final = (
    "intervention__learner",
    "intervention__learner__simulated",
    "intervention__decided_at",
    "intervention__scopes",
    "intervention__delivered",
    "intervention__probability",
    "right",
    "after_s",
    "left",
)


@dataclass(frozen=True, slots=True)
class Followed:
    """One decision of a trial and what came next; `biometric` = a guess of the body was in it."""

    learner: int
    simulated: bool
    at: datetime
    biometric: bool
    offered: bool
    probability: float
    right: bool
    after_s: float
    left: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Offered minus not offered, of each thing that came next."""

    right: Effect
    after_s: Effect
    left: Effect


def follow(row: Intervention, *, by_lot: bool) -> None:
    """Owe what comes next, in the transaction of the decision.

    `by_lot` is False where something else than the lot would have kept the offer back: such a
    moment has nobody to be compared with.
    """
    trial = _trial(row) if by_lot and row.probability < 1 else None
    ProximalOutcome.objects.create(intervention=row, trial=trial, due_at=row.decided_at + WITHIN)


def _trial(row: Intervention) -> Trial:
    """The trial of this rule as it stands; the first lot begins it and fixes where it ends."""
    needed = causal_excursion_effect.needed_decisions(DIFFERENCE, probability=row.probability)
    trial, _ = Trial.objects.get_or_create(
        course=row.sitting.unit.course,
        rule=row.rule,
        version=row.version,
        defaults={
            "probability": row.probability,
            "decisions": needed,
            "began_at": row.decided_at,
        },
    )
    return trial


def measure_due(now: datetime) -> int:
    """Write down what came next, wherever ten minutes are over; say how many."""
    rows = ProximalOutcome.objects.select_related("intervention__sitting__unit")
    return measurement_queue.measure_due(rows, _measure, written=MEASURED, now=now)


def _measure(row: ProximalOutcome) -> None:
    decision = row.intervention
    on, after = _of_its_skills(decision), decision.decided_at
    answer = next_try(decision.learner_id, on, after=after)
    row.due_at = None
    row.right = answer is not None and answer.correct
    row.after_s = (answer.answered_at - after).total_seconds() if answer else None
    row.left = not _stayed(decision)


def _of_its_skills(decision: Intervention) -> Q:
    """Answers on a skill of its question; on any of the course where it was about none."""
    anywhere = Q(question__course=decision.sitting.unit.course_id)
    if decision.question_id is None:
        return anywhere
    return anywhere & Q(question__skills__questions=decision.question_id)


def _stayed(decision: Intervention) -> bool:
    return Sitting.objects.filter(
        learner=decision.learner_id,
        unit__course=decision.sitting.unit.course_id,
        began_at__lte=decision.decided_at + WITHIN,
        active_at__gt=decision.decided_at + LEFT_BY,
    ).exists()


def trials(course: Course) -> list[Trial]:
    """What is being found out in this course, the newest version of a rule first."""
    return list(Trial.objects.filter(course=course).order_by("rule", "-version"))


def followed(trial: Trial, *, simulated: bool) -> list[Followed]:
    """The decisions about real or simulated people whose ten minutes are over, in their order.

    Without those of people who object to being weighed, or restrict what is read of them.
    """
    rows = trial.outcomes.filter(due_at=None, intervention__learner__is_active=True)
    rows = rows.filter(intervention__learner__simulated=simulated)
    rows = rows.exclude(intervention__learner__restrictions__isnull=False)
    rows = rows.order_by("intervention__decided_at", "intervention")
    return [_followed(*row) for row in rows.values_list(*COLUMNS)]


def _followed(
    learner: int,
    simulated: bool,
    at: datetime,
    scopes: list[str],
    offered: bool,
    probability: float,
    right: bool,
    after_s: float | None,
    left: bool,
) -> Followed:
    biometric = any(split(scope)[0].biometric for scope in scopes)
    waited = WITHIN.total_seconds() if after_s is None else after_s
    return Followed(learner, simulated, at, biometric, offered, probability, right, waited, left)


def found(rows: Sequence[Followed]) -> Found | None:
    """The effect on each thing that came next; None = not enough data. No try within the time
    counts as the whole time."""
    offered = np.array([row.offered for row in rows], bool)
    probability = np.array([row.probability for row in rows], float)
    learner = np.array([row.learner for row in rows], np.int64)

    def effect_on(outcome: list[float]) -> Effect | None:
        column = np.array(outcome, float)
        return causal_excursion_effect.estimate_effect(
            Decisions(column, offered, probability, learner)
        )

    right = effect_on([float(row.right) for row in rows])
    after_s = effect_on([row.after_s for row in rows])
    left = effect_on([float(row.left) for row in rows])
    return Found(right, after_s, left) if right and after_s and left else None
