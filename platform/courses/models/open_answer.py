"""Answers that people mark, and the marks that Teachers gave them.

Answers, comments and chosen levels are sealed under scope `course` of the Learner. Only
`open_answers.record` and `marks.set_mark` write these rows: they take the Learner from the Attempt,
so that each row is erased with the account it belongs to.
"""

from __future__ import annotations

import uuid
from fractions import Fraction

from django.db import models

from accounts.models import User
from courses.models.attempt import Attempt
from courses.models.question import Question
from courses.models.question_content import QuestionContent
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, holds


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "question": LINK,
        "content": LINK,
        "attempt": LINK,
        "given_sealed": SEALED,
        "elapsed_ms": NUMBER,
        "answered_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
    clock="answered_at",
)
class OpenAnswer(models.Model):
    """One answer of a test that people mark; it is never a Response, and has no verdict (ADR 0088).

    `content` is the question's wording and rubric when the Attempt began.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="open_answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="open_answers")
    content = models.ForeignKey(QuestionContent, on_delete=models.PROTECT, related_name="+")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="open_answers")
    given_sealed = models.BinaryField()
    elapsed_ms = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "question"], name="courses_openanswer_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "answer": LINK,
        "by": LINK,
        "earned": NUMBER,
        "earned_of": NUMBER,
        "note_sealed": SEALED,
        "made_at": CLOCK,
        "replaced_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
    clock="made_at",
)
class AnswerMark(models.Model):
    """A mark that a Teacher gave an OpenAnswer; a later one replaces it, and the row is kept.

    It earned `earned` of `earned_of` parts of the points. `note_sealed` holds the comment and the
    level of each criterion.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="answer_marks")
    answer = models.ForeignKey(OpenAnswer, on_delete=models.CASCADE, related_name="marks")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    earned = models.PositiveIntegerField()
    earned_of = models.PositiveIntegerField(default=1)
    note_sealed = models.BinaryField()
    made_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["answer"],
                condition=models.Q(replaced_at=None),
                name="courses_answermark_one_counts",
            ),
            models.CheckConstraint(
                condition=models.Q(earned_of__gt=0, earned__lte=models.F("earned_of")),
                name="courses_answermark_share",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_at=None)
                | models.Q(replaced_at__gte=models.F("made_at")),
                name="courses_answermark_times",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def share(self) -> Fraction:
        """The share of the points, 0 to 1."""
        return Fraction(self.earned, self.earned_of)
