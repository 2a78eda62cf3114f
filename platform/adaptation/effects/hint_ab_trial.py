"""A trial of two wordings of a hint: which one a Learner reads, and which one helps more.

Only the wording is randomised, never whether a Learner is helped or sensed. It is drawn once for
each Learner and hint. Learners who object to automated decisions read the first wording.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from adaptation.effects import measurement_queue
from adaptation.effects.models import WordingShown, WordingTrial
from adaptation.effects.next_answer import WITHIN, next_try
from adaptation.effects.proximal_outcome import DETECTABLE_DIFFERENCE
from consent.permits import restrictions
from courses.access import is_learner
from courses.models import Hint
from emotion.evaluation.statistics import causal_excursion_effect, thompson_sampling
from emotion.evaluation.statistics.causal_excursion_effect import Decisions, Effect
from emotion.evaluation.statistics.thompson_sampling import Arm
from interventions.choice import Rng
from work_queue.due_rows import describe_error, lock_free, process_each

logger = logging.getLogger(__name__)
EVEN: Final = 0.5
DAY: Final = timedelta(days=1)


def find_other_wordings(
    learner: User, hints: Iterable[Hint], *, now: datetime, rng: Rng
) -> set[int]:
    """Return the pks of those hints whose other wording this Learner reads.

    A Teacher who looks at the hints is not part of the trial and reads the first wording.
    """
    candidates = [hint for hint in hints if hint.other_text]
    if not candidates or restrictions.has_objected(learner):
        return set()
    if not is_learner(learner, candidates[0].question.course):
        return set()
    return {hint.pk for hint in candidates if _reads_other(learner, hint, now, rng)}


@transaction.atomic
def _reads_other(learner: User, hint: Hint, now: datetime, rng: Rng) -> bool:
    trial, _ = WordingTrial.objects.get_or_create(
        hint=hint,
        simulated=learner.simulated,
        defaults={
            "share": EVEN,
            "decisions": _plan_cases(rng),
            "began_at": now,
        },
    )
    existing = WordingShown.objects.filter(trial=trial, learner=learner).first()
    if existing is None and trial.ended_at is not None:
        return trial.share == 1.0
    return (existing or _draw_wording(trial, learner, now, rng)).other


def _plan_cases(rng: Rng) -> int:
    """Return the number of cases of a trial: more than needed, at most twice as many.

    The number is never shown, so the end of a trial does not reveal that a particular Learner
    counted.
    """
    needed = causal_excursion_effect.needed_decisions(DETECTABLE_DIFFERENCE)
    return needed + 1 + int(needed * rng.random())


def _draw_wording(trial: WordingTrial, learner: User, now: datetime, rng: Rng) -> WordingShown:
    other = rng.random() < trial.share
    row, _ = WordingShown.objects.get_or_create(
        trial=trial,
        learner=learner,
        defaults={
            "other": other,
            "probability": trial.share,
            "shown_at": now,
            "due_at": now + WITHIN,
        },
    )
    return row


def measure_due(now: datetime) -> int:
    """Store whether the next try was correct where ten minutes have passed; return how many."""
    rows = WordingShown.objects.select_related("trial__hint")
    return measurement_queue.measure_due(rows, _measure, written=("due_at", "right"), now=now)


def _measure(row: WordingShown) -> None:
    row.due_at, row.right = None, _was_right(row)


def _was_right(row: WordingShown) -> bool:
    on = Q(question=row.trial.hint.question_id)
    answer = next_try(row.learner_id, on, after=row.shown_at)
    return answer is not None and answer.correct


def learn_due(now: datetime) -> int:
    """Update each trial once a day, all cases at once; return how many trials were updated.

    The share moves towards the wording that seems better; a trial with enough cases ends.
    """
    learnt = 0
    while (some := _learn_one(now)) is not None:
        learnt += some
    return learnt


@transaction.atomic
def _learn_one(now: datetime) -> int | None:
    """Update one trial, or let it wait for a day where that fails; None if no trial is due."""

    def postpone(trial: WordingTrial, error: Exception) -> None:
        logger.error("wordings.not_learnt", extra=describe_error(error))
        WordingTrial.objects.filter(pk=trial.pk).update(learnt_at=now)

    running = WordingTrial.objects.filter(ended_at=None)
    due = running.filter(Q(learnt_at=None, began_at__lte=now - DAY) | Q(learnt_at__lte=now - DAY))
    trials = lock_free(due.order_by("pk"), 1)
    if not trials:
        return None
    return process_each(trials, lambda trial: _learn(trial, now), postpone=postpone)


@transaction.atomic
def _learn(trial: WordingTrial, now: datetime) -> int:
    rows = load_cases(trial)
    trial.learnt_at = now
    if len(rows) < trial.decisions:
        trial.share = thompson_sampling.show_probability(
            count_arm(rows, other=False), count_arm(rows, other=True)
        )
    else:
        found = estimate_effect(rows)
        trial.share = 1.0 if found is not None and found.low > 0 else 0.0
        trial.ended_at = now
    trial.save(update_fields=["learnt_at", "share", "ended_at"])
    return 1


def load_cases(trial: WordingTrial) -> list[WordingShown]:
    """Return the cases of a trial that count, in order, up to its end; without objectors."""
    rows = trial.shown.filter(due_at=None, learner__is_active=True)
    rows = rows.exclude(learner__restrictions__isnull=False).select_related("learner")
    return list(rows.order_by("shown_at", "pk")[: trial.decisions])


def count_arm(rows: Iterable[WordingShown], *, other: bool) -> Arm:
    """Count how often one wording was shown, and how often the next try was correct."""
    own = [row for row in rows if row.other == other]
    return Arm(len(own), sum(bool(row.right) for row in own))


def estimate_effect(rows: list[WordingShown]) -> Effect | None:
    """Return the difference in correct next tries, other minus first; None = not enough data."""
    return causal_excursion_effect.estimate_effect(
        Decisions(
            outcome=np.array([float(bool(row.right)) for row in rows], float),
            offered=np.array([row.other for row in rows], bool),
            probability=np.array([row.probability for row in rows], float),
            learner=np.array([row.learner_id for row in rows], np.int64),
        )
    )
