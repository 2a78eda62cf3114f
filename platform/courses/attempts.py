"""Attempts at tests: begin one, save its ungraded answers, and end it once.

The learner hands an Attempt in, or the server's clock ends it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts.models import User
from courses import attempt_questions
from courses.answers.replies import Given
from courses.availability import Availability, end_of, load_availability
from courses.gradebook.percents import percent
from courses.models import Attempt, Course, Enrolment, Extra, Question, Unit
from courses.questions import question_versions
from courses.questions.question_spec import item_of
from vault.sealed_values import Place, seal_value, unseal_value

SCOPES: Final = {"course": 0}
LONGEST_MS: Final = 24 * 60 * 60 * 1000


class AnswerChanged(Exception):
    """The answer was changed in another tab or on another device since the page was opened."""

    def __init__(self, saved: SavedAnswer | None, stamp: int) -> None:
        super().__init__("expected the stamp of the saved answer")
        self.saved = saved
        self.stamp = stamp


class AttemptClosed(Exception):
    """A test cannot be begun or answered now; `code` gives the reason, pages put it in words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """One answer of a running Attempt; `stamp` counts how often it was changed."""

    given: Given
    elapsed_ms: int
    at: datetime
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class AttemptOverview:
    """A Learner's Attempts at a test: those that count, the running one, and the limits.

    `allowed` is None for an unlimited number. `extra` attempts were granted by a Teacher on top of
    the test's own.
    """

    unit: Unit
    done: tuple[Attempt, ...]
    running: Attempt | None
    allowed: int | None
    extra: int
    availability: Availability

    @property
    def due_at(self) -> datetime | None:
        return self.availability.due[self.unit.pk]

    @property
    def attempts_left(self) -> int | None:
        if self.allowed is None:
            return None
        taken = len(self.done) + (self.running is not None)
        return max(0, self.allowed - taken)

    def closed_reason(self, now: datetime) -> str:
        """Return why no new Attempt may begin now, or ""."""
        if not self.availability.is_open(self.unit, now=now):
            return "not_open"
        if self.availability.is_over(self.unit, now=now):
            return "late"
        return "none_left" if self.attempts_left == 0 else ""

    def shows_answers(self, attempt: Attempt, now: datetime) -> bool:
        """Return whether the report may show the correct answers.

        A practice test shows them at once. A graded test shows them after its due date, or when no
        Attempt is left that could use them.
        """
        if attempt.handed_in_at is None:
            return False
        if attempt.scenario == "practice" or (self.allowed is None and self.due_at is None):
            return True
        passed = self.due_at is not None and now >= end_of(self.due_at)
        return passed or (self.attempts_left == 0 and self.running is None)


def reset(attempt: Attempt, *, now: datetime) -> None:
    """Exclude an Attempt from the count, so that another one may be begun in its place."""
    Attempt.objects.filter(pk=attempt.pk, reset_at=None).update(reset_at=now)


def restore(attempt: Attempt) -> bool:
    """Count the Attempt again, unless that would make two running Attempts."""
    rows = Attempt.objects.filter(learner=attempt.learner_id, unit=attempt.unit_id)
    another = rows.filter(handed_in_at=None, reset_at=None).exclude(pk=attempt.pk).exists()
    if attempt.handed_in_at is None and another:
        return False
    return bool(rows.filter(pk=attempt.pk).update(reset_at=None))


def grant_extra(
    learner: User,
    unit: Unit,
    *,
    by: User,
    attempts: int = 0,
    due_at: datetime | None = None,
    now: datetime,
) -> Extra:
    """Grant one Learner more Attempts or a later date; this replaces an earlier grant."""
    withdraw_extra(learner, unit, now=now)
    return Extra.objects.create(
        learner=learner, unit=unit, by=by, attempts=attempts, due_at=due_at, given_at=now
    )


def withdraw_extra(learner: User, unit: Unit, *, now: datetime) -> bool:
    rows = Extra.objects.filter(learner=learner, unit=unit, undone_at=None)
    return bool(rows.update(undone_at=now))


def is_test(unit: Unit) -> bool:
    return unit.scenario != "course"


def load_overview(learner: User, unit: Unit, *, now: datetime) -> AttemptOverview:
    rows = Attempt.objects.filter(learner=learner, unit=unit, reset_at=None).order_by("number")
    taken = list(rows)
    given = Extra.objects.filter(learner=learner, unit=unit, undone_at=None).first()
    extra = given.attempts if given else 0
    return AttemptOverview(
        unit=unit,
        done=tuple(row for row in taken if row.handed_in_at is not None),
        running=next((row for row in taken if row.handed_in_at is None), None),
        allowed=None if unit.attempts is None else unit.attempts + extra,
        extra=extra,
        availability=load_availability(learner, [unit], now=now),
    )


@transaction.atomic
def begin(learner: User, unit: Unit, *, rng: random.Random, now: datetime) -> Attempt:
    """Begin a new Attempt, or return the running one; raises AttemptClosed.

    `rng` draws the random questions of the test.
    """
    # Lock, so that two tabs of one Learner begin a single Attempt.
    Enrolment.objects.select_for_update().get(user=learner, course=unit.course_id, role="learner")
    overview = load_overview(learner, unit, now=now)
    if overview.running is not None:
        return overview.running
    if why := overview.closed_reason(now):
        raise AttemptClosed(why)
    asked = attempt_questions.draw_for_attempt(unit, rng=rng)
    return Attempt.objects.create(
        learner=learner,
        unit=unit,
        number=Attempt.objects.filter(learner=learner, unit=unit).count() + 1,
        contents=[row.pk for row in question_versions.store_contents(asked)],
        scenario=unit.scenario,
        began_at=now,
        ends_at=_end_time(unit, overview, now),
    )


@transaction.atomic
def save_answer(
    attempt: Attempt,
    question: Question,
    given: Given,
    *,
    elapsed_ms: int,
    now: datetime,
    stamp: int | None = None,
) -> int:
    """Save one answer in place of an earlier one and return its stamp; a blank answer removes it.

    `stamp` is that of the answer the caller saw, None where there was none to replace. Raises
    AnswerChanged where another one has been saved since, AttemptClosed when the Attempt is over,
    and `replies.UngradableReply` for a reply that could never be graded or marked. That error says
    how to write a reply, never whether it is correct.
    """
    row = lock_running(attempt, now=now)
    answers = _unseal_answers(row)
    code, reply = str(question.code), given if isinstance(given, str) else list(given)
    before = answers.get(code, {"given": None, "stamp": 0})
    wanted = None if _is_blank(given) else reply
    if before["given"] == wanted:
        return int(before["stamp"])
    if stamp is not None and stamp != before["stamp"]:
        raise AnswerChanged(_read_answer(before), before["stamp"])
    if wanted is not None:
        item_of(question).check_reply(given)
    answers[code] = {
        "given": wanted,
        "ms": min(max(0, elapsed_ms), LONGEST_MS),
        "at": now.isoformat(),
        "stamp": before["stamp"] + 1,
    }
    place = _place(row.pk, row.learner.code)
    row.answers_sealed = seal_value(answers, place=place, scopes=SCOPES, now=now)
    row.save(update_fields=["answers_sealed"])
    return int(before["stamp"]) + 1


def lock_running(attempt: Attempt, *, now: datetime) -> Attempt:
    """Return the Attempt, locked for this transaction; raise AttemptClosed when it is over."""
    rows = Attempt.objects.select_for_update(of=["self"]).select_related("learner", "unit")
    row = rows.get(pk=attempt.pk)
    require_running(row, now=now)
    return row


def require_running(attempt: Attempt, *, now: datetime) -> None:
    """Raise AttemptClosed when the Attempt is over."""
    if not is_running(attempt, now=now):
        raise AttemptClosed("over")


def is_running(attempt: Attempt, *, now: datetime) -> bool:
    over = attempt.ends_at is not None and now >= attempt.ends_at
    return attempt.handed_in_at is None and attempt.reset_at is None and not over


def load_answers(attempt: Attempt) -> Mapping[UUID, SavedAnswer]:
    """Return the answers of a running Attempt by the code of their question.

    Raises KeyDestroyed once the account is erased.
    """
    read = {UUID(code): _read_answer(row) for code, row in _unseal_answers(attempt).items()}
    return {code: row for code, row in read.items() if row is not None}


def stamp_of(attempt: Attempt, question: Question) -> int:
    """Return the stamp of the saved answer to a question, also after the answer was removed."""
    return int(_unseal_answers(attempt).get(str(question.code), {}).get("stamp", 0))


def load_questions(attempt: Attempt) -> list[Question]:
    """Return the questions of an Attempt in their order, as they were when it began."""
    return question_versions.load_as_stored(attempt.contents)


def find_best(done: Sequence[Attempt]) -> Attempt | None:
    """Return the Attempt that counts: the highest share of the points, then the earliest.

    One with unmarked answers has no grade yet, so it counts only once it is final.
    """
    final = [row for row in done if row.is_final]
    return max(final, key=lambda row: (score_share(row), -row.number), default=None)


def score_share(attempt: Attempt) -> float:
    """Return the share of the points (0–1) of an Attempt that was handed in."""
    return (attempt.right or 0) / attempt.out_of if attempt.out_of else 0.0


def percent_of(attempt: Attempt) -> int:
    """Return the grade of an Attempt in percent."""
    return percent(attempt.right or 0, attempt.out_of or 0)


def count_running(course: Course) -> int:
    """Count the Attempts that are running in a course."""
    return Attempt.objects.filter(unit__course=course, handed_in_at=None, reset_at=None).count()


def find_overdue(now: datetime) -> list[Attempt]:
    """Return Attempts whose time is over and that were not handed in."""
    rows = Attempt.objects.filter(handed_in_at=None, reset_at=None, ends_at__lte=now)
    return list(rows.select_related("learner", "unit__course").order_by("ends_at"))


def _end_time(unit: Unit, overview: AttemptOverview, now: datetime) -> datetime | None:
    limit = unit.time_limit_s
    ends = [now + timedelta(seconds=limit)] if limit is not None else []
    if unit.scenario == "graded" and overview.due_at is not None:
        ends.append(end_of(overview.due_at))
    return min(ends, default=None)


def _read_answer(row: Mapping[str, Any]) -> SavedAnswer | None:
    """Return None for an answer that was removed."""
    if row["given"] is None:
        return None
    return SavedAnswer(row["given"], row["ms"], datetime.fromisoformat(row["at"]), row["stamp"])


def _is_blank(given: Given) -> bool:
    return not given.strip() if isinstance(given, str) else not any(each.strip() for each in given)


def _unseal_answers(attempt: Attempt) -> dict[str, Any]:
    if attempt.answers_sealed is None:
        return {}
    place = _place(attempt.pk, attempt.learner.code)
    opened: dict[str, Any] = unseal_value(bytes(attempt.answers_sealed), place=place)
    return opened


def _place(row: UUID, subject: UUID) -> Place:
    return Place("courses_attempt", "answers_sealed", str(row), subject)
