"""What a question said at one time, kept for the attempts and responses that were made on it."""

from __future__ import annotations

from django.db import models

from courses.models.public_content import public_content
from courses.models.question import Question


@public_content("id", "question", "digest", "columns")
class QuestionContent(models.Model):
    """The columns of a question that ask and judge; never changed, and stored once per wording."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="contents")
    digest = models.CharField(max_length=32)
    columns = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "digest"], name="courses_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.digest} of {self.question_id}"
