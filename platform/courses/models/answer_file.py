"""Files that Learners upload as answers of tests.

Names and contents are sealed under scope `course` of the Learner.
"""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import User
from courses.models.attempt import Attempt
from courses.models.question import Question
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, holds

MOST_BYTES = 10 * 1024 * 1024


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "attempt": LINK,
        "question": LINK,
        "facts_sealed": SEALED,
        "content_sealed": SEALED,
        "size": NUMBER,
        "uploaded_at": CLOCK,
        "removed_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
    clock="uploaded_at",
)
class AnswerFile(models.Model):
    """One uploaded file of an answer that people mark (ADR 0091).

    `facts_sealed` holds its name and a digest of what was uploaded, `content_sealed` the file, of
    `size` bytes. A removed file can be restored until the Attempt is submitted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="answer_files")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answer_files")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answer_files")
    facts_sealed = models.BinaryField()
    content_sealed = models.BinaryField()
    size = models.PositiveIntegerField()
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "question"],
                condition=models.Q(removed_at__isnull=False),
                name="courses_answerfile_one_removed",
            ),
            models.CheckConstraint(
                condition=models.Q(size__gt=0, size__lte=MOST_BYTES), name="courses_answerfile_size"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
