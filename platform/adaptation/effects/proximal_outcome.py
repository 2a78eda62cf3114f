"""Outcomes after each decision, and the effect of the Rule that follows from them.

An offer held back at random shows nothing at all; both kinds are measured in the same way.
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
# The smallest difference a trial can detect: 14 points, about 500 even draws.
DETECTABLE_DIFFERENCE: Final = 0.14
MEASURED_FIELDS: Final = ("due_at", "right", "after_s", "left")
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
class MeasuredDecision:
    """One decision of a trial and its outcome; `biometric` = an estimate from the body was used."""

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
class RuleEffects:
    """The effects on each outcome: offered minus not offered."""

    right: Effect
    after_s: Effect
    left: Effect


def schedule_measurement(row: Intervention, *, randomised: bool) -> None:
    """Schedule the measurement of a decision, in the transaction of the decision.

    `randomised` is False where something other than the draw would have held the offer back: such a
    decision has no counterpart to compare it with.
    """
    trial = _get_trial(row) if randomised and row.probability < 1 else None
    ProximalOutcome.objects.create(intervention=row, trial=trial, due_at=row.decided_at + WITHIN)


def _get_trial(row: Intervention) -> Trial:
    """Return the trial of this rule; the first draw creates it and fixes its size."""
    needed = causal_excursion_effect.needed_decisions(
        DETECTABLE_DIFFERENCE, probability=row.probability
    )
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
    """Store the outcomes where ten minutes have passed; return how many."""
    rows = ProximalOutcome.objects.select_related("intervention__sitting__unit")
    return measurement_queue.measure_due(rows, _measure, written=MEASURED_FIELDS, now=now)


def _measure(row: ProximalOutcome) -> None:
    decision = row.intervention
    on, after = _answers_on_its_skills(decision), decision.decided_at
    answer = next_try(decision.learner_id, on, after=after)
    row.due_at = None
    row.right = answer is not None and answer.correct
    row.after_s = (answer.answered_at - after).total_seconds() if answer else None
    row.left = not _stayed(decision)


def _answers_on_its_skills(decision: Intervention) -> Q:
    """Match answers on a skill of its question; without a question, on any of the course."""
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


def list_trials(course: Course) -> list[Trial]:
    """Return the trials of this course, the newest version of a rule first."""
    return list(Trial.objects.filter(course=course).order_by("rule", "-version"))


def load_measured(trial: Trial, *, simulated: bool) -> list[MeasuredDecision]:
    """Return the measured decisions about real or simulated Learners, in order.

    Learners who object to automated decisions, or have restricted processing, are left out.
    """
    rows = trial.outcomes.filter(due_at=None, intervention__learner__is_active=True)
    rows = rows.filter(intervention__learner__simulated=simulated)
    rows = rows.exclude(intervention__learner__restrictions__isnull=False)
    rows = rows.order_by("intervention__decided_at", "intervention")
    return [_as_measured(*row) for row in rows.values_list(*COLUMNS)]


def _as_measured(
    learner: int,
    simulated: bool,
    at: datetime,
    scopes: list[str],
    offered: bool,
    probability: float,
    right: bool,
    after_s: float | None,
    left: bool,
) -> MeasuredDecision:
    biometric = any(split(scope)[0].biometric for scope in scopes)
    waited = WITHIN.total_seconds() if after_s is None else after_s
    return MeasuredDecision(
        learner, simulated, at, biometric, offered, probability, right, waited, left
    )


def estimate_effects(rows: Sequence[MeasuredDecision]) -> RuleEffects | None:
    """Return the effect on each outcome; None = not enough data.

    No try within the time counts as the whole time.
    """
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
    return RuleEffects(right, after_s, left) if right and after_s and left else None
