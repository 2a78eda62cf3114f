"""A preview of a regrade: whose grade would change, from what to what."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from courses import attempts
from courses.gradebook import grades
from courses.gradebook.regrade_credits import AttemptCredits, grade_by_key, load_credits
from courses.gradebook.scores import (
    Correction,
    Credits,
    apply_correction,
    count_unmarked,
    score_of,
)
from courses.models import Attempt, Question, QuestionContent, Unit
from courses.models.regrade import WITH_KEY
from courses.question_types.base import QuestionItem
from courses.questions import question_versions
from courses.questions.question_spec import item_of


@dataclass(frozen=True, slots=True)
class RegradeChoice:
    """What to do about one question of a test."""

    unit: Unit
    question: Question
    treatment: str
    keeps_higher: bool

    @property
    def key(self) -> QuestionItem | None:
        """The key by which answers are graded, if the treatment has one."""
        return item_of(self.question) if self.treatment in WITH_KEY else None


@dataclass(frozen=True, slots=True)
class GradeChange:
    """The grade of one Learner in percent, before and after; `fixed` is a Teacher's override.

    None = no grade yet, because answers wait for marks.
    """

    learner: User
    before: int | None
    after: int | None
    fixed: int | None

    @property
    def is_lower(self) -> bool:
        if self.before is None:
            return False
        return self.after is None or self.after < self.before


@dataclass(frozen=True, slots=True)
class RegradePreview:
    """What a regrade would do; `stamp` identifies the data that the preview depends on.

    `unread` counts answers that the corrected question cannot read; they keep their credit. `stuck`
    counts attempts in which no other question counts, so that this one cannot be left out.
    """

    changes: tuple[GradeChange, ...]
    unchanged: int
    running: int
    unread: int
    stuck: int
    stamp: str

    @property
    def lowered(self) -> int:
        return sum(change.is_lower for change in self.changes)


def find_covered(choice: RegradeChoice) -> QuerySet[Attempt]:
    """Return the Attempts that contain the question, with those that were reset.

    An Attempt that was reset may be restored, so it is covered. Attempts of an account that is
    being erased are left out.
    """
    contents = QuestionContent.objects.filter(question=choice.question).values_list("pk", flat=True)
    rows = Attempt.objects.filter(unit=choice.unit, contents__overlap=list(contents))
    return rows.filter(learner__is_active=True).select_related("learner").order_by("pk")


def preview(choice: RegradeChoice, covered: Sequence[Attempt]) -> RegradePreview:
    """Compute what the choice would do to these Attempts; nothing is stored."""
    found, key = load_credits(covered), choice.key
    drafts = {each.attempt.pk: _draft(choice, each, key) for each in found}
    after = {
        each.attempt.pk: _grade_of(apply_correction(each.credits, drafts[each.attempt.pk]))
        for each in found
    }
    changes, unchanged = _changes(choice.unit, found, after)
    return RegradePreview(
        changes=changes,
        unchanged=unchanged,
        running=sum(row.handed_in_at is None and row.reset_at is None for row in covered),
        unread=sum(draft.verdict is None for draft in drafts.values()) if key else 0,
        stuck=sum(_is_stuck(choice, each) for each in found),
        stamp=_stamp(choice, found),
    )


def _draft(choice: RegradeChoice, each: AttemptCredits, key: QuestionItem | None) -> Correction:
    asked = choice.question.pk
    return Correction(
        question=asked,
        treatment=choice.treatment,
        verdict=None
        if key is None
        else grade_by_key(key, each.answers.get(asked), is_open=asked in each.open),
        keeps_higher=choice.keeps_higher,
    )


def _grade_of(credits: Credits) -> int | None:
    """Return the grade of an Attempt; None while answers wait for marks."""
    return None if count_unmarked(credits) else score_of(credits).percent


def _changes(
    unit: Unit, found: Sequence[AttemptCredits], after: Mapping[UUID, int | None]
) -> tuple[tuple[GradeChange, ...], int]:
    """Return the Learners whose grade changes, and the number of those whose grade stays.

    Those without a grade before and after are in neither.
    """
    learners = {each.attempt.learner_id: each.attempt.learner for each in found}
    given = grades.load_overrides([unit], learners)
    changes, unchanged = [], 0
    for pk, taken in _counting_attempts(unit, learners).items():
        now = {row.pk: attempts.percent_of(row) if row.is_final else None for row in taken}
        before, later = _best_of(now), _best_of({row: after.get(row, now[row]) for row in now})
        if before != later:
            fixed = given.get((pk, unit.pk))
            percent = None if fixed is None else fixed.percent
            changes.append(GradeChange(learners[pk], before, later, percent))
        unchanged += before is not None and before == later
    return tuple(changes), unchanged


def _best_of(grades: Mapping[UUID, int | None]) -> int | None:
    return max((grade for grade in grades.values() if grade is not None), default=None)


def _counting_attempts(unit: Unit, learners: Mapping[int, User]) -> Mapping[int, list[Attempt]]:
    """Return the Attempts that count, by Learner, also those without the question.

    One with unmarked answers has no grade yet, but a regrade may give it one.
    """
    rows = Attempt.objects.filter(unit=unit, learner__in=learners, reset_at=None)
    found: dict[int, list[Attempt]] = defaultdict(list)
    for row in rows.exclude(handed_in_at=None):
        found[row.learner_id].append(row)
    return found


def _is_stuck(choice: RegradeChoice, each: AttemptCredits) -> bool:
    counting = [pk for pk, credit in each.credits.items() if credit.counts]
    return choice.treatment == "left_out" and counting == [choice.question.pk]


def _stamp(choice: RegradeChoice, found: Sequence[AttemptCredits]) -> str:
    rows = [
        [
            str(each.attempt.pk),
            each.attempt.right,
            each.attempt.out_of,
            each.attempt.unmarked,
            each.attempt.reset_at is None,
            [str(row.regrade_id) for row in each.rows],
        ]
        for each in found
    ]
    key = question_versions.digest_of(choice.question)
    text = json.dumps([choice.treatment, choice.keeps_higher, key, rows])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
