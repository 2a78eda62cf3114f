"""The credit of each question of an Attempt: as first graded, then after each regrade.

Answers are unsealed and graded again by the key of the regrade.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from courses.answers.replies import UngradableReply
from courses.answers.responses import unseal_reply
from courses.gradebook.scores import Correction, Credit, Credits, Score, apply_corrections, score_of
from courses.models import (
    AnswerMark,
    Attempt,
    OpenAnswer,
    QuestionContent,
    RegradedAttempt,
    Response,
)
from courses.question_types.base import QuestionItem
from courses.question_types.registry import QUESTION_TYPES
from courses.questions import question_versions
from courses.questions.answer_parts import to_fraction
from courses.questions.question_spec import item_of
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """An answer that people mark, and the mark that counts, if there is one."""

    answer: OpenAnswer
    mark: AnswerMark | None


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question by its pk, with the points that it had when it was asked."""

    pk: int
    points: Fraction
    is_open: bool


@dataclass(frozen=True, slots=True)
class AttemptCredits:
    """An Attempt as first graded, its answers, and the regrades that cover it.

    `open` has the answers that people mark, by question.
    """

    attempt: Attempt
    first: Credits
    answers: dict[int, Response]
    open: Mapping[int, MarkedAnswer]
    rows: tuple[RegradedAttempt, ...]
    corrections: tuple[Correction, ...]

    @property
    def credits(self) -> Credits:
        """The current credit of its questions."""
        return apply_corrections(self.first, self.corrections)[-1]

    @property
    def scores(self) -> list[Score]:
        """The score as first graded and after each of its regrades."""
        return [score_of(credits) for credits in apply_corrections(self.first, self.corrections)]

    def key_of(self, question: int) -> int | None:
        """Return the pk of the QuestionContent whose key now grades the question.

        None where no regrade can read the answer by its key.
        """
        found = None
        for row, correction in zip(self.rows, self.corrections, strict=True):
            if correction.question == question and correction.verdict is not None:
                found = row.regrade.content_id
        return found


def load_credits(covered: Sequence[Attempt]) -> list[AttemptCredits]:
    """Load those of the Attempts that were handed in; the number of queries is constant."""
    done = [row for row in covered if row.handed_in_at is not None]
    asked = _questions_of(done)
    answers: dict[UUID | None, dict[int, Response]] = defaultdict(dict)
    for response in Response.objects.filter(attempt__in=done).select_related("learner"):
        answers[response.attempt_id][response.question_id] = response
    opened = _load_open(done) if any(each.is_open for each in asked.values()) else {}
    rows = _rows_of(done)
    keys = _keys_of([row for each in rows.values() for row in each])
    return [
        _credits_of(
            row,
            [asked[pk] for pk in row.contents],
            answers[row.pk],
            opened.get(row.pk, {}),
            rows[row.pk],
            keys,
        )
        for row in done
    ]


def grade_by_key(key: QuestionItem, answer: Response | None, *, is_open: bool) -> Fraction | None:
    """Return the share that an answer earns by this key; None where the key cannot read it.

    No key reads an answer that people mark (`is_open`).
    """
    if is_open or key.is_open:
        return None
    if answer is None:
        return Fraction(0)
    try:
        return key.grade(unseal_reply(answer)).share
    except (UngradableReply, KeyDestroyed):
        return None


def _credits_of(
    attempt: Attempt,
    asked: Sequence[AskedQuestion],
    answers: dict[int, Response],
    opened: Mapping[int, MarkedAnswer],
    rows: Sequence[RegradedAttempt],
    keys: dict[int, QuestionItem],
) -> AttemptCredits:
    first = {each.pk: _first_credit(each, answers, opened) for each in asked}
    corrections = tuple(_correction(row, answers, opened, keys) for row in rows)
    return AttemptCredits(attempt, first, answers, opened, tuple(rows), corrections)


def _first_credit(
    asked: AskedQuestion, answers: Mapping[int, Response], opened: Mapping[int, MarkedAnswer]
) -> Credit:
    """Return what the first grading gave, or the mark; a blank earns nothing and is final."""
    if asked.pk in opened:
        mark = opened[asked.pk].mark
        share = Fraction(0) if mark is None else mark.share
        return Credit(share, asked.points, unmarked=mark is None)
    share = answers[asked.pk].share if asked.pk in answers else Fraction(0)
    return Credit(share, asked.points)


def _correction(
    row: RegradedAttempt,
    answers: Mapping[int, Response],
    opened: Mapping[int, MarkedAnswer],
    keys: Mapping[int, QuestionItem],
) -> Correction:
    regrade = row.regrade
    key = None if regrade.content_id is None else keys[regrade.content_id]
    asked = regrade.question_id
    return Correction(
        question=asked,
        treatment=regrade.treatment,
        verdict=None
        if key is None
        else grade_by_key(key, answers.get(asked), is_open=asked in opened),
        keeps_higher=regrade.keeps_higher,
    )


def _load_open(done: Sequence[Attempt]) -> dict[UUID, dict[int, MarkedAnswer]]:
    """Return the answers that people mark, by Attempt and question."""
    marks = AnswerMark.objects.filter(answer__attempt__in=done, replaced_at=None)
    by_answer = {row.answer_id: row for row in marks.select_related("by", "learner")}
    found: dict[UUID, dict[int, MarkedAnswer]] = defaultdict(dict)
    for row in OpenAnswer.objects.filter(attempt__in=done).select_related("learner"):
        found[row.attempt_id][row.question_id] = MarkedAnswer(row, by_answer.get(row.pk))
    return found


def _questions_of(done: Sequence[Attempt]) -> dict[int, AskedQuestion]:
    """Return the question of each QuestionContent, with the points it had then."""
    wanted = {pk for row in done for pk in row.contents}
    rows = QuestionContent.objects.filter(pk__in=wanted)
    columns = ("pk", "question_id", "columns__points", "columns__kind")
    return {
        pk: AskedQuestion(question, to_fraction(points), QUESTION_TYPES[kind].is_open)
        for pk, question, points, kind in rows.values_list(*columns)
    }


def _rows_of(done: Sequence[Attempt]) -> dict[UUID, list[RegradedAttempt]]:
    """Return the regrades that were not undone, in order of creation, by Attempt."""
    found: dict[UUID, list[RegradedAttempt]] = defaultdict(list)
    rows = RegradedAttempt.objects.filter(attempt__in=done, regrade__undone_at=None)
    for row in rows.select_related("regrade").order_by("regrade__made_at", "regrade"):
        found[row.attempt_id].append(row)
    return found


def _keys_of(rows: Sequence[RegradedAttempt]) -> dict[int, QuestionItem]:
    wanted = list({row.regrade.content_id for row in rows if row.regrade.content_id is not None})
    questions = question_versions.load_as_stored(wanted)
    return {pk: item_of(question) for pk, question in zip(wanted, questions, strict=True)}
