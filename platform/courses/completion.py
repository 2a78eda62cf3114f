"""A Learner's progress: computed here alone, the same for the Learner and the Teacher.

A video is done when the watched share reaches the unit's threshold. A quiz is done when each
question was answered correctly once, directly or by a variant. A test is done when it was handed
in, and a reading or a video on another site when it is marked. A unit that is done stays done.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.http import Http404

from accounts.models import User
from courses.models import Completion, Course, Question, Response, Unit
from courses.watched_intervals import MAX_STRETCHES, Stretch, merge_stretches, watched_seconds


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """How much is done (0–1), whether the unit is done, and the second to resume at."""

    ratio: float
    done: bool
    resume_s: float


NO_PROGRESS = UnitProgress(0.0, False, 0.0)


@transaction.atomic
def record_watched(
    learner: User, unit: Unit, stretches: Sequence[Stretch], *, resume_s: float, now: datetime
) -> Completion:
    """Add watched stretches; raise ValueError for stretches that are not valid times."""
    _check(stretches, resume_s)
    duration = unit.video.duration_s
    row = _lock_row(learner, unit, now)
    row.watched = merge_stretches(row.watched, stretches, duration)
    at_end = resume_s >= duration - 1
    row.resume_s = 0.0 if at_end else max(0.0, resume_s)
    _finish(row, watched_seconds(row.watched) / duration >= unit.threshold, now)
    row.save(update_fields=["watched", "resume_s", "done_at", "updated_at"])
    return row


@transaction.atomic
def mark_done(learner: User, unit: Unit, *, now: datetime) -> Completion:
    """Mark a unit as done by the Learner: not a quiz, and a video only if its player fails.

    Raises ValueError for a quiz, which is done by answering.
    """
    if unit.kind == "quiz":
        raise ValueError("expected a reading or a video to mark as done, got a quiz")
    row = _lock_row(learner, unit, now)
    row.marked = True
    _finish(row, True, now)
    row.save(update_fields=["marked", "done_at", "updated_at"])
    return row


@transaction.atomic
def update_quiz(learner: User, unit: Unit, *, now: datetime) -> Completion:
    """Check again whether each question of the quiz was answered correctly once."""
    row = _lock_row(learner, unit, now)
    total = unit.questions.filter(position__isnull=False).count()
    right = _right_places(learner, Q(question__unit=unit)).get(unit.pk, 0)
    _finish(row, 0 < total <= right, now)
    row.save(update_fields=["done_at", "updated_at"])
    return row


@transaction.atomic
def record_test(learner: User, unit: Unit, *, now: datetime) -> Completion:
    """Mark a test as done after it was handed in, whatever its score."""
    row = _lock_row(learner, unit, now)
    _finish(row, True, now)
    row.save(update_fields=["done_at", "updated_at"])
    return row


def load_progress(learner: User, course: Course) -> dict[int, UnitProgress]:
    """Return the progress in each unit in use of the course, by unit pk."""
    return load_progress_in(learner, [course])


def load_resume_second(learner: User, unit: Unit) -> float:
    """Return the second of a video at which this Learner stopped; 0 where they did not begin."""
    rows = Completion.objects.filter(learner=learner, unit=unit)
    return rows.values_list("resume_s", flat=True).first() or 0.0


def require_progress(states: Mapping[int, UnitProgress], unit: Unit) -> UnitProgress:
    """Return this unit's progress; raise Http404 where an Author removed the unit meanwhile."""
    if unit.pk not in states:
        raise Http404
    return states[unit.pk]


def load_progress_in(learner: User, courses: Collection[Course]) -> dict[int, UnitProgress]:
    """Return the progress in each unit in use of these courses, by unit pk, in four queries."""
    rows = Completion.objects.filter(learner=learner, unit__course__in=courses)
    done = {row.unit_id: row for row in rows}
    right = _right_places(learner, Q(question__course__in=courses))
    units = Unit.objects.filter(course__in=courses, position__isnull=False)
    places = dict(
        Question.objects.filter(course__in=courses, position__isnull=False, unit__isnull=False)
        .order_by()
        .values_list("unit")
        .annotate(Count("id"))
    )
    return {
        unit.pk: _unit_progress(
            unit, done.get(unit.pk), right.get(unit.pk, 0), places.get(unit.pk, 0)
        )
        for unit in units.select_related("video")
    }


def count_done(course: Course) -> dict[int, int]:
    """Count the units in use that each Learner has done; Learners without any are missing."""
    rows = Completion.objects.filter(
        unit__course=course, unit__position__isnull=False, done_at__isnull=False
    )
    return dict(rows.order_by().values_list("learner").annotate(Count("id")))


def _unit_progress(unit: Unit, row: Completion | None, right: int, places: int) -> UnitProgress:
    finished = row is not None and row.done_at is not None
    if unit.scenario != "course":
        share = float(finished)
    elif unit.kind == "quiz":
        share = min(1.0, right / places) if places else 0.0
    elif unit.kind == "video" and row is not None:
        share = min(1.0, watched_seconds(row.watched) / unit.video.duration_s)
    else:
        share = float(finished)
    return UnitProgress(share, finished, row.resume_s if row is not None else 0.0)


def _right_places(learner: User, where: Q) -> dict[int, int]:
    """Count, for each unit, the questions answered correctly, directly or by a variant."""
    place = Coalesce(F("question__sibling"), F("question"))
    in_use = Q(question__position__isnull=False) | Q(question__sibling__position__isnull=False)
    rows = Response.objects.filter(where, in_use, learner=learner, correct=True)
    return dict(
        rows.order_by().values_list("question__unit").annotate(right=Count(place, distinct=True))
    )


def _lock_row(learner: User, unit: Unit, now: datetime) -> Completion:
    Completion.objects.get_or_create(
        learner=learner, unit=unit, defaults={"updated_at": now, "resume_s": 0.0}
    )
    return Completion.objects.select_for_update().get(learner=learner, unit=unit)


def _finish(row: Completion, reached: bool, now: datetime) -> None:
    if reached and row.done_at is None:
        row.done_at = now
    row.updated_at = now


def _check(stretches: Sequence[Stretch], resume_s: float) -> None:
    if len(stretches) > MAX_STRETCHES:
        raise ValueError(f"expected at most {MAX_STRETCHES} stretches, got {len(stretches)}")
    numbers = [resume_s, *(second for stretch in stretches for second in stretch)]
    if not all(math.isfinite(second) for second in numbers):
        raise ValueError("expected finite seconds, got infinity or no number")
    for start, end in stretches:
        if start > end:
            raise ValueError(f"expected a stretch that runs forward, got {start} to {end}")
