"""How each question of an Attempt counts: as it was graded, then after each regrade that covers it.

What was answered is opened and graded again by the key that a regrade names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from courses.answers.grading import Unreadable, grade
from courses.answers.responses import given_of
from courses.gradebook.scores import Correction, Credit, Credits, Score, all_corrected, score_of
from courses.models import Attempt, QuestionContent, RegradedAttempt, Response
from courses.questions import question_versions
from courses.questions.question_spec import Item, item_of
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class AttemptCredits:
    """An Attempt as it was graded first, what was answered, and the regrades that cover it."""

    attempt: Attempt
    first: Credits
    answers: dict[int, Response]
    rows: tuple[RegradedAttempt, ...]
    corrections: tuple[Correction, ...]

    @property
    def credits(self) -> Credits:
        """How its questions count now."""
        return all_corrected(self.first, self.corrections)[-1]

    @property
    def scores(self) -> list[Score]:
        """What it came to at first and after each of its regrades."""
        return [score_of(credits) for credits in all_corrected(self.first, self.corrections)]

    def key_of(self, question: int) -> int | None:
        """The pk of the QuestionContent by which a regrade grades it now, where it can read it."""
        held = None
        for row, correction in zip(self.rows, self.corrections, strict=True):
            if correction.question == question and correction.verdict is not None:
                held = row.regrade.content_id
        return held


def load_credits(covered: Sequence[Attempt]) -> list[AttemptCredits]:
    """Load the Attempts among these that were handed in, in as many queries for one as for many."""
    done = [row for row in covered if row.handed_in_at is not None]
    asked = _questions_of(done)
    answers: dict[UUID | None, dict[int, Response]] = defaultdict(dict)
    for response in Response.objects.filter(attempt__in=done).select_related("learner"):
        answers[response.attempt_id][response.question_id] = response
    rows = _rows_of(done)
    keys = _keys_of([row for each in rows.values() for row in each])
    return [
        _credits_of(row, [asked[pk] for pk in row.contents], answers[row.pk], rows[row.pk], keys)
        for row in done
    ]


def verdict(key: Item, answer: Response | None) -> bool | None:
    """Whether an answer is right by this key; None where it cannot be read by it."""
    if answer is None:
        return False
    try:
        return grade(key, given_of(answer)).correct
    except (Unreadable, KeyDestroyed):
        return None


def _credits_of(
    attempt: Attempt,
    questions: Sequence[int],
    answers: dict[int, Response],
    rows: Sequence[RegradedAttempt],
    keys: dict[int, Item],
) -> AttemptCredits:
    first = {pk: Credit(pk in answers and answers[pk].correct) for pk in questions}
    corrections = tuple(_correction(row, answers, keys) for row in rows)
    return AttemptCredits(attempt, first, answers, tuple(rows), corrections)


def _correction(
    row: RegradedAttempt, answers: dict[int, Response], keys: dict[int, Item]
) -> Correction:
    regrade = row.regrade
    key = None if regrade.content_id is None else keys[regrade.content_id]
    return Correction(
        question=regrade.question_id,
        treatment=regrade.treatment,
        verdict=None if key is None else verdict(key, answers.get(regrade.question_id)),
        keeps_higher=regrade.keeps_higher,
    )


def _questions_of(done: Sequence[Attempt]) -> dict[int, int]:
    """The pk of the question of each QuestionContent."""
    wanted = {pk for row in done for pk in row.contents}
    rows = QuestionContent.objects.filter(pk__in=wanted)
    return dict(rows.values_list("pk", "question_id"))


def _rows_of(done: Sequence[Attempt]) -> dict[UUID, list[RegradedAttempt]]:
    """Those that were not undone, in the order they were made, by the Attempt."""
    found: dict[UUID, list[RegradedAttempt]] = defaultdict(list)
    rows = RegradedAttempt.objects.filter(attempt__in=done, regrade__undone_at=None)
    for row in rows.select_related("regrade").order_by("regrade__made_at", "regrade"):
        found[row.attempt_id].append(row)
    return found


def _keys_of(rows: Sequence[RegradedAttempt]) -> dict[int, Item]:
    wanted = list({row.regrade.content_id for row in rows if row.regrade.content_id is not None})
    questions = question_versions.as_they_were(wanted)
    return {pk: item_of(question) for pk, question in zip(wanted, questions, strict=True)}
