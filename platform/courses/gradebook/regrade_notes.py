"""What a Learner reads about a regrade: the Teacher, the date, the reason, the old result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from courses import attempts
from courses.gradebook.percents import percent
from courses.gradebook.regrades import reason_of
from courses.gradebook.teacher_names import teacher_name
from courses.models import AnswerMark, Attempt, OpenAnswer, Regrade, RegradedAttempt, Unit
from courses.models.regrade import is_changed


@dataclass(frozen=True, slots=True)
class RegradeNote:
    """`before` and `after` are in percent; from `undone_at` on, the earlier result counts again.

    Both are None if an answer had no mark then or got another one since: the Learner never had
    these grades.
    """

    by: str
    at: datetime
    reason: str
    before: int | None
    after: int | None
    undone_at: datetime | None


def attempt_notes(attempt: Attempt) -> list[RegradeNote]:
    """Return each regrade that changed the score of this Attempt, oldest first."""
    rows = _find_changed(RegradedAttempt.objects.filter(attempt=attempt))
    return [
        _note(row, _percent_before(row), percent(row.right or 0, row.out_of or 0), [row])
        for row in rows
    ]


def grade_notes(learner: User, units: Sequence[Unit]) -> dict[int, RegradeNote]:
    """Return, by unit pk, the regrade in force that changed the grade last."""
    rows = RegradedAttempt.objects.filter(
        learner=learner, attempt__unit__in=units, regrade__undone_at=None, attempt__reset_at=None
    )
    by_unit: dict[int, list[RegradedAttempt]] = defaultdict(list)
    for row in _find_changed(rows):
        by_unit[row.regrade.unit_id].append(row)
    taken = _attempts_by_unit(learner, by_unit)
    notes = {unit: _grade_note(found, taken[unit]) for unit, found in by_unit.items()}
    return {unit: note for unit, note in notes.items() if note is not None}


def _attempts_by_unit(learner: User, units: Collection[int]) -> dict[int, list[Attempt]]:
    """Return the Attempts that count, by unit pk."""
    done = Attempt.objects.filter(learner=learner, unit__in=units, reset_at=None, unmarked=0)
    found: dict[int, list[Attempt]] = defaultdict(list)
    for row in done.exclude(handed_in_at=None):
        found[row.unit_id].append(row)
    return found


def _grade_note(rows: Sequence[RegradedAttempt], taken: Sequence[Attempt]) -> RegradeNote | None:
    """Return the latest regrade that changed the grade; None where a later Attempt changed it
    again.
    """
    after = {row.pk: attempts.percent_of(row) for row in taken}
    grade = max(after.values(), default=0)
    for _, each in groupby(reversed(rows), key=lambda row: row.regrade_id):
        changed = {row.attempt_id: row for row in each}
        row = next(iter(changed.values()))
        before = after | {pk: _percent_before(one) for pk, one in changed.items()}
        done = [
            one.pk for one in taken if one.pk in changed or _was_handed_in_before(one, row.regrade)
        ]
        then, became = (max((each[pk] for pk in done), default=0) for each in (before, after))
        if then != became:
            return _note(row, then, became, changed.values()) if became == grade else None
        after = before
    return None


def _was_handed_in_before(attempt: Attempt, regrade: Regrade) -> bool:
    """Return whether the Attempt was handed in when the regrade was made."""
    return attempt.handed_in_at is not None and attempt.handed_in_at <= regrade.made_at


def _find_changed(rows: QuerySet[RegradedAttempt]) -> list[RegradedAttempt]:
    """Return the rows whose score changed, in the order of the regrades.

    In those with `marked_since`, answers got marks after the regrade or wait for them.
    """
    opened = OpenAnswer.objects.filter(attempt=OuterRef("attempt"))
    marks = AnswerMark.objects.filter(answer=OuterRef("pk"))
    then = marks.filter(made_at__lte=OuterRef(OuterRef("regrade__made_at")))
    since = marks.filter(made_at__gt=OuterRef(OuterRef("regrade__made_at")))
    other = opened.filter(~Exists(then) | Exists(since))
    found = rows.filter(is_changed()).select_related("regrade__by", "learner")
    found = found.annotate(marked_since=Exists(other))
    return list(found.order_by("regrade__made_at", "regrade"))


def _note(
    row: RegradedAttempt, before: int, after: int, changed: Iterable[RegradedAttempt]
) -> RegradeNote:
    """Return the note of a regrade and the rows that it `changed`."""
    regrade = row.regrade
    known = not any(each.marked_since for each in changed)  # type: ignore[attr-defined]
    return RegradeNote(
        by=teacher_name(regrade.by),
        at=regrade.made_at,
        reason=reason_of(row),
        before=before if known else None,
        after=after if known else None,
        undone_at=regrade.undone_at,
    )


def _percent_before(row: RegradedAttempt) -> int:
    return percent(row.right_before or 0, row.out_of_before or 0)
