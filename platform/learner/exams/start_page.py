"""The page of a test before it is begun: what it is, what is left, and how earlier turns went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from courses import attempts
from courses.attempts import AttemptOverview
from courses.gradebook import learner_grades
from courses.gradebook.learner_grades import LearnerGrade
from courses.models import Attempt, Unit
from telemetry import sittings


@dataclass(frozen=True, slots=True)
class Past:
    """One turn that was handed in; `shows` = its report says what was right."""

    attempt: Attempt
    shows: bool
    counts: bool
    by_clock: bool


@dataclass(frozen=True, slots=True)
class Before:
    """`closed` = why it cannot be begun now, or ""; `silent` = nothing is sensed in it."""

    graded: bool
    questions: int
    minutes: int | None
    turns: AttemptOverview
    closed: str
    silent: bool
    past: tuple[Past, ...]
    grade: LearnerGrade | None


def body(_: HttpRequest, user: User, unit: Unit, problem: str) -> dict[str, object]:
    """What `learner/units/test.html` needs beside the page around it; `problem` is why it did not
    begin."""
    now = timezone.now()
    turns = attempts.load_overview(user, unit)
    return {"test": before(user, unit, turns, problem or turns.closed_reason(now), now=now)}


def before(user: User, unit: Unit, turns: AttemptOverview, closed: str, *, now: datetime) -> Before:
    counts = attempts.find_best(turns.done)
    return Before(
        graded=unit.scenario == "graded",
        questions=len(attempts.load_current_questions(unit)),
        minutes=None if unit.time_limit_s is None else max(1, unit.time_limit_s // 60),
        turns=turns,
        closed=closed,
        silent=sittings.is_silent(unit.scenario, now),
        past=tuple(
            Past(row, turns.shows_answers(row, now), row == counts, by_clock(row))
            for row in turns.done
        ),
        grade=learner_grades.load_unit_grade(user, unit) if unit.scenario == "graded" else None,
    )


def by_clock(attempt: Attempt) -> bool:
    """Whether the end of its time handed it in."""
    return attempt.ends_at is not None and attempt.handed_in_at == attempt.ends_at
