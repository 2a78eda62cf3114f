"""The page of a test before it begins: its rules, the attempts left, and earlier attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from courses import attempt_questions, attempts
from courses.attempts import AttemptOverview
from courses.gradebook import learner_grades
from courses.gradebook.attempt_scores import describe_score
from courses.gradebook.learner_grades import LearnerGrade
from courses.models import Attempt, Unit
from telemetry import sittings


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """A submitted attempt; `shows` is True if its report contains the correct answers."""

    attempt: Attempt
    shows: bool
    counts: bool
    by_clock: bool
    score: str


@dataclass(frozen=True, slots=True)
class StartPage:
    """The start page; `closed` says why the test cannot begin now, or is "".

    `marked` is True if people may read and mark some answers.
    `silent` is True if nothing is sensed during the test.
    """

    graded: bool
    questions: int
    marked: bool
    minutes: int | None
    turns: AttemptOverview
    closed: str
    silent: bool
    past: tuple[PastAttempt, ...]
    grade: LearnerGrade | None


def build_context(_: HttpRequest, user: User, unit: Unit, problem: str) -> dict[str, object]:
    """Return the context of `learner/units/test.html`, without the frame around it.

    `problem` says why the test did not begin.
    """
    now = timezone.now()
    turns = attempts.load_overview(user, unit, now=now)
    return {
        "test": build_start_page(user, unit, turns, problem or turns.closed_reason(now), now=now)
    }


def build_start_page(
    user: User, unit: Unit, turns: AttemptOverview, closed: str, *, now: datetime
) -> StartPage:
    counts = attempts.find_best(turns.done)
    return StartPage(
        graded=unit.scenario == "graded",
        questions=attempt_questions.count_questions(unit),
        marked=attempt_questions.may_ask_open(unit),
        minutes=None if unit.time_limit_s is None else max(1, unit.time_limit_s // 60),
        turns=turns,
        closed=closed,
        silent=sittings.is_silent(unit.scenario, now),
        past=tuple(
            PastAttempt(
                attempt=row,
                shows=turns.shows_answers(row, now),
                counts=row == counts,
                by_clock=was_timed_out(row),
                score=describe_score(row),
            )
            for row in turns.done
        ),
        grade=learner_grades.load_unit_grade(user, unit) if unit.scenario == "graded" else None,
    )


def was_timed_out(attempt: Attempt) -> bool:
    """Return whether the attempt was submitted by the end of its time."""
    return attempt.ends_at is not None and attempt.handed_in_at == attempt.ends_at
