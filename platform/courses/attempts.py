"""Taking a test: an Attempt is begun, keeps its answers unjudged, and ends once, by hand or by
the clock of this server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts.models import User
from courses import dates
from courses.grading import Given, grade
from courses.items import item_of
from courses.models import Attempt, Enrolment, Extra, Question, Unit
from vault.values import Place, seal_value, unseal_value

SCOPES: Final = {"course": 0}
LONGEST_MS: Final = 24 * 60 * 60 * 1000


class Closed(Exception):
    """A test cannot be begun or answered now; `code` says why, a page says it in words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer of a running Attempt, as it was given."""

    given: Given
    elapsed_ms: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Turns:
    """Where a Learner is with a test: the Attempts that count, the one that runs, what is left.

    `allowed` None = as many as they like. `extra` = what a Teacher gave beside the test's own.
    """

    unit: Unit
    done: tuple[Attempt, ...]
    running: Attempt | None
    allowed: int | None
    extra: int
    due_at: datetime | None

    @property
    def left(self) -> int | None:
        if self.allowed is None:
            return None
        taken = len(self.done) + (self.running is not None)
        return max(0, self.allowed - taken)

    def closed(self, now: datetime) -> str:
        """Why no new Attempt may begin now, or ""."""
        if not dates.is_open(self.unit, now=now):
            return "not_open"
        if dates.is_over(self.unit, self.due_at, now=now):
            return "late"
        return "none_left" if self.left == 0 else ""

    def shows_answers(self, attempt: Attempt, now: datetime) -> bool:
        """Whether the report may say what was right: at once in practice; in a test that counts
        after its date, or when no Attempt is left that could use it."""
        if attempt.handed_in_at is None:
            return False
        if attempt.scenario == "practice" or (self.allowed is None and self.due_at is None):
            return True
        passed = self.due_at is not None and now >= self.due_at
        return passed or (self.left == 0 and self.running is None)


def reset(attempt: Attempt, *, now: datetime) -> None:
    """Let an Attempt count for nothing: another may be begun in its place."""
    Attempt.objects.filter(pk=attempt.pk, reset_at=None).update(reset_at=now)


def restore(attempt: Attempt) -> bool:
    """Let it count again; not while another runs that would run beside it."""
    rows = Attempt.objects.filter(learner=attempt.learner_id, unit=attempt.unit_id)
    another = rows.filter(handed_in_at=None, reset_at=None).exclude(pk=attempt.pk).exists()
    if attempt.handed_in_at is None and another:
        return False
    return bool(rows.filter(pk=attempt.pk).update(reset_at=None))


def give(
    learner: User,
    unit: Unit,
    *,
    by: User,
    attempts: int = 0,
    due_at: datetime | None = None,
    now: datetime,
) -> Extra:
    """More Attempts or a later date for one Learner, in place of what was given before."""
    take_back(learner, unit, now=now)
    return Extra.objects.create(
        learner=learner, unit=unit, by=by, attempts=attempts, due_at=due_at, given_at=now
    )


def take_back(learner: User, unit: Unit, *, now: datetime) -> bool:
    rows = Extra.objects.filter(learner=learner, unit=unit, undone_at=None)
    return bool(rows.update(undone_at=now))


def is_test(unit: Unit) -> bool:
    return unit.scenario != "course"


def turns(learner: User, unit: Unit) -> Turns:
    rows = Attempt.objects.filter(learner=learner, unit=unit, reset_at=None).order_by("number")
    taken = list(rows)
    given = Extra.objects.filter(learner=learner, unit=unit, undone_at=None).first()
    extra = given.attempts if given else 0
    return Turns(
        unit=unit,
        done=tuple(row for row in taken if row.handed_in_at is not None),
        running=next((row for row in taken if row.handed_in_at is None), None),
        allowed=None if unit.attempts is None else unit.attempts + extra,
        extra=extra,
        due_at=dates.due_of(learner, unit),
    )


@transaction.atomic
def begin(learner: User, unit: Unit, *, now: datetime) -> Attempt:
    """A new Attempt, or the one that runs already; raises Closed."""
    # One beginning at a time for each Learner: two tabs begin one Attempt.
    Enrolment.objects.select_for_update().get(user=learner, course=unit.course_id, role="learner")
    standing = turns(learner, unit)
    if standing.running is not None:
        return standing.running
    if why := standing.closed(now):
        raise Closed(why)
    return Attempt.objects.create(
        learner=learner,
        unit=unit,
        number=Attempt.objects.filter(learner=learner, unit=unit).count() + 1,
        scenario=unit.scenario,
        began_at=now,
        ends_at=_end(unit, standing, now),
    )


@transaction.atomic
def keep(
    attempt: Attempt, question: Question, given: Given, *, elapsed_ms: int, now: datetime
) -> None:
    """Keep one answer in place of an earlier one; nothing given takes the answer back.

    Raises Closed when the Attempt is over, and `grading.Unreadable` for a reply that could never be
    graded: it says how to write one, never whether it is right.
    """
    row = Attempt.objects.select_for_update().select_related("learner").get(pk=attempt.pk)
    if not runs(row, now=now):
        raise Closed("over")
    kept = _opened(row)
    if _is_blank(given):
        kept.pop(str(question.code), None)
    else:
        grade(item_of(question), given)
        kept[str(question.code)] = {
            "given": given if isinstance(given, str) else list(given),
            "ms": min(max(0, elapsed_ms), LONGEST_MS),
            "at": now.isoformat(),
        }
    place = _place(row.pk, row.learner.code)
    row.answers_sealed = seal_value(kept, place=place, scopes=SCOPES, now=now)
    row.save(update_fields=["answers_sealed"])


def runs(attempt: Attempt, *, now: datetime) -> bool:
    over = attempt.ends_at is not None and now >= attempt.ends_at
    return attempt.handed_in_at is None and attempt.reset_at is None and not over


def kept(attempt: Attempt) -> Mapping[UUID, Kept]:
    """The answers of an Attempt that is not handed in, by the code of their question.

    Raises KeyDestroyed once the account is gone.
    """
    return {
        UUID(code): Kept(row["given"], row["ms"], datetime.fromisoformat(row["at"]))
        for code, row in _opened(attempt).items()
    }


def places_of(unit: Unit) -> list[Question]:
    """The questions of a test in their order, the same for everybody."""
    rows = unit.questions.filter(position__isnull=False).order_by("position")
    return list(rows.prefetch_related("skills"))


def best(done: Sequence[Attempt]) -> Attempt | None:
    """The Attempt that counts: the one with the largest share right, the earliest of such."""
    return max(done, key=lambda row: (share(row), -row.number), default=None)


def share(attempt: Attempt) -> float:
    """How much was right (0–1) in an Attempt that was handed in."""
    return (attempt.right or 0) / attempt.out_of if attempt.out_of else 0.0


def fell_due(now: datetime) -> list[Attempt]:
    """Attempts whose time is over and that nobody handed in."""
    rows = Attempt.objects.filter(handed_in_at=None, reset_at=None, ends_at__lte=now)
    return list(rows.select_related("learner", "unit__course").order_by("ends_at"))


def _end(unit: Unit, standing: Turns, now: datetime) -> datetime | None:
    limit = unit.time_limit_s
    ends = [now + timedelta(seconds=limit)] if limit is not None else []
    if unit.scenario == "graded" and standing.due_at is not None:
        ends.append(standing.due_at)
    return min(ends, default=None)


def _is_blank(given: Given) -> bool:
    return not given.strip() if isinstance(given, str) else not any(each.strip() for each in given)


def _opened(attempt: Attempt) -> dict[str, Any]:
    if attempt.answers_sealed is None:
        return {}
    place = _place(attempt.pk, attempt.learner.code)
    opened: dict[str, Any] = unseal_value(bytes(attempt.answers_sealed), place=place)
    return opened


def _place(row: UUID, subject: UUID) -> Place:
    return Place("courses_attempt", "answers_sealed", str(row), subject)
