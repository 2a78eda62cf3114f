"""What a Teacher sees before a regrade: the questions of a test, its answer keys, past regrades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from courses.answers.numerals import current_language
from courses.attempt_questions import OPEN_KINDS
from courses.gradebook import regrades
from courses.gradebook.teacher_names import teacher_name
from courses.models import Attempt, Question, QuestionContent, Regrade, RegradedAttempt, Unit
from courses.models.regrade import is_changed
from courses.questions import question_versions
from courses.questions.question_spec import item_of
from vault.errors import KeyDestroyed

TREATMENT_WORDS = {
    "new_key": _("Grade with the corrected answer"),
    "either_key": _("Accept both the earlier and the corrected answer"),
    "full_credit": _("Give every learner the point"),
    "left_out": _("Leave the question out of the grade"),
}
TREATMENT_NOTES = {
    "new_key": _("Answers that are now correct get the point. Answers that are now wrong lose it."),
    "either_key": _("No learner loses a point."),
    "full_credit": _("Learners who left it blank get it too."),
    "left_out": _("The other questions make up the grade, so it can go up or down."),
}


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question in the attempts at a test.

    `changed` = some attempts began with another version. `opened` = people mark the answers to one
    of the versions. `versions` = how many attempts began with each QuestionContent, by its pk.
    """

    question: Question
    versions: Mapping[int, int]
    changed: bool
    removed: bool
    opened: bool

    @property
    def attempts(self) -> int:
        return sum(self.versions.values())

    @property
    def has_new_key(self) -> bool:
        """Return whether the course has another key now that can grade the answers."""
        opened = self.opened or item_of(self.question).is_open
        return self.changed and not self.removed and not opened


@dataclass(frozen=True, slots=True)
class KeyLine:
    """The correct answer of a version of a question, as safe HTML, and how many attempts had it."""

    answer: str
    attempts: int


@dataclass(frozen=True, slots=True)
class RegradeLine:
    """A past regrade; `changed` = how many attempts have another score because of it."""

    row: Regrade
    words: str
    by: str
    reason: str
    changed: int


def question_lines(unit: Unit) -> list[QuestionLine]:
    """Return the questions of all attempts: the test's own in order, drawn ones, removed ones."""
    counts = _count_contents(unit)
    versions: dict[Question, list[QuestionContent]] = {}
    opened = set()
    rows = QuestionContent.objects.filter(pk__in=list(counts)).select_related("question")
    for row in rows.defer("columns").annotate(kind=KT("columns__kind")).order_by("pk"):
        versions.setdefault(row.question, []).append(row)
        if row.kind in OPEN_KINDS:
            opened.add(row.question_id)
    changed = _find_changed(versions)
    lines = [
        QuestionLine(
            question=question,
            versions={row.pk: counts[row.pk] for row in rows},
            changed=question.pk in changed,
            removed=question.is_retired,
            opened=question.pk in opened,
        )
        for question, rows in versions.items()
    ]
    return sorted(lines, key=lambda line: _place_of(line.question))


def question_line(unit: Unit, code: UUID) -> QuestionLine | None:
    """Return the line of one question; None if no attempt contains it."""
    return next((line for line in question_lines(unit) if line.question.code == code), None)


def key_lines(line: QuestionLine) -> list[KeyLine]:
    """Return the distinct correct answers with which attempts were first graded.

    A question that people mark has none.
    """
    counts: Counter[str] = Counter()
    versions = question_versions.load_as_stored(list(line.versions))
    for version, count in zip(versions, line.versions.values(), strict=True):
        if not item_of(version).is_open:
            counts[item_of(version).correct_html(current_language())] += count
    return [KeyLine(answer, count) for answer, count in counts.items()]


def regrade_lines(unit: Unit) -> list[RegradeLine]:
    """Return all regrades of the test, latest first."""
    changed = Count("attempts", filter=is_changed("attempts__"))
    rows = Regrade.objects.filter(unit=unit).select_related("by", "question")
    rows = rows.annotate(changed=changed).order_by("-made_at")
    reasons = _read_reasons(unit)
    return [
        RegradeLine(
            row=row,
            words=str(TREATMENT_WORDS[row.treatment]),
            by=teacher_name(row.by),
            reason=reasons.get(row.pk, ""),
            changed=row.changed,
        )
        for row in rows
    ]


def _count_contents(unit: Unit) -> Counter[int]:
    """Count how many attempts began with each QuestionContent."""
    taken = Attempt.objects.filter(unit=unit).values_list("contents", flat=True)
    return Counter(pk for row in taken for pk in row)


def _find_changed(versions: Mapping[Question, Sequence[QuestionContent]]) -> set[int]:
    """Return the questions that have another wording or key than one of these versions."""
    digests = {question: question_versions.digest_of(question) for question in versions}
    other = [row.pk for q, rows in versions.items() for row in rows if row.digest != digests[q]]
    # The digest counts points as well, so the contents decide.
    found = QuestionContent.objects.filter(pk__in=other).select_related("question")
    return {row.question_id for row in found if question_versions.is_reworded(row.question, row)}


def _place_of(question: Question) -> tuple[bool, bool, int, int]:
    return (question.is_retired, question.in_bank, question.position or 0, question.pk)


def _read_reasons(unit: Unit) -> dict[UUID, str]:
    """Return the reason of each regrade, from the copy of one of its Learners."""
    rows = RegradedAttempt.objects.filter(regrade__unit=unit).select_related("learner")
    found = {}
    for row in rows.order_by("regrade", "pk").distinct("regrade"):
        with suppress(KeyDestroyed):
            found[row.regrade_id] = regrades.reason_of(row)
    return found
