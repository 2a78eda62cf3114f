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
from courses.models import Attempt, QuestionContent, RegradedAttempt, Response
from courses.question_types.base import QuestionItem
from courses.questions import question_versions
from courses.questions.answer_parts import to_fraction
from courses.questions.question_spec import item_of
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class AttemptCredits:
    """An Attempt as first graded, its answers, and the regrades that cover it."""

    attempt: Attempt
    first: Credits
    answers: dict[int, Response]
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
    rows = _rows_of(done)
    keys = _keys_of([row for each in rows.values() for row in each])
    return [
        _credits_of(
            row, dict(asked[pk] for pk in row.contents), answers[row.pk], rows[row.pk], keys
        )
        for row in done
    ]


def grade_by_key(key: QuestionItem, answer: Response | None) -> Fraction | None:
    """Return the share that an answer earns by this key; None where the key cannot read it."""
    if answer is None:
        return Fraction(0)
    try:
        return key.grade(unseal_reply(answer)).share
    except (UngradableReply, KeyDestroyed):
        return None


def _credits_of(
    attempt: Attempt,
    points: Mapping[int, Fraction],
    answers: dict[int, Response],
    rows: Sequence[RegradedAttempt],
    keys: dict[int, QuestionItem],
) -> AttemptCredits:
    first = {
        pk: Credit(answers[pk].share if pk in answers else Fraction(0), worth)
        for pk, worth in points.items()
    }
    corrections = tuple(_correction(row, answers, keys) for row in rows)
    return AttemptCredits(attempt, first, answers, tuple(rows), corrections)


def _correction(
    row: RegradedAttempt, answers: dict[int, Response], keys: dict[int, QuestionItem]
) -> Correction:
    regrade = row.regrade
    key = None if regrade.content_id is None else keys[regrade.content_id]
    return Correction(
        question=regrade.question_id,
        treatment=regrade.treatment,
        verdict=None if key is None else grade_by_key(key, answers.get(regrade.question_id)),
        keeps_higher=regrade.keeps_higher,
    )


def _questions_of(done: Sequence[Attempt]) -> dict[int, tuple[int, Fraction]]:
    """Return the pk of the question of each QuestionContent, and the points it had then."""
    wanted = {pk for row in done for pk in row.contents}
    rows = QuestionContent.objects.filter(pk__in=wanted)
    return {
        pk: (question, to_fraction(points))
        for pk, question, points in rows.values_list("pk", "question_id", "columns__points")
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
