"""The wording of a question at one time, for the attempts and responses that used it."""

from __future__ import annotations

from django.db import models

from courses.models.public_content import public_content
from courses.models.question import Question


@public_content("id", "question", "digest", "columns")
class QuestionContent(models.Model):
    """The wording and key of a question; never changed, and stored once for each wording."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="contents")
    digest = models.CharField(max_length=32)
    columns = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "digest"], name="courses_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.digest} of {self.question_id}"
