"""Regrades: grading a question again in attempts that began before it was corrected.

The reason is sealed under scope `course`, once for each Learner it concerns.
"""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import User
from courses.models.attempt import Attempt
from courses.models.question import Question
from courses.models.question_content import QuestionContent
from courses.models.unit import Unit
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, closed, holds

TREATMENTS = ("new_key", "either_key", "full_credit", "left_out")
WITH_KEY = ("new_key", "either_key")


def is_changed(attempts: str = "") -> models.Q:
    """Return the condition that a score changed; `attempts` is a lookup path that ends in "__"."""
    scored = models.Q(**{f"{attempts}right__isnull": False})
    same = {
        f"{attempts}{name}": models.F(f"{attempts}{name}_before") for name in ("right", "out_of")
    }
    return scored & ~models.Q(**same)


@holds(
    subject=None,
    category="course",
    scope=None,
    columns={
        "id": CODE,
        "unit": LINK,
        "question": LINK,
        "treatment": CODE,
        "content": LINK,
        "keeps_higher": NUMBER,
        "by": LINK,
        "made_at": CLOCK,
        "undone_at": CLOCK,
    },
    erase=None,
    retain=None,
)
class Regrade(models.Model):
    """A Teacher's decision about one question of a test; `content` is the key to grade by.

    With `keeps_higher` no score is lowered. Rows are never changed; undoing sets `undone_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="regrades")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="regrades")
    treatment = models.CharField(max_length=11)
    content = models.ForeignKey(
        QuestionContent, on_delete=models.CASCADE, null=True, related_name="+"
    )
    keeps_higher = models.BooleanField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("treatment", TREATMENTS, name="courses_regrade_treatment"),
            models.CheckConstraint(
                condition=models.Q(treatment__in=WITH_KEY, content__isnull=False)
                | (~models.Q(treatment__in=WITH_KEY) & models.Q(content=None)),
                name="courses_regrade_key",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "regrade": LINK,
        "learner": LINK,
        "attempt": LINK,
        "reason_sealed": SEALED,
        "right_before": NUMBER,
        "out_of_before": NUMBER,
        "right": NUMBER,
        "out_of": NUMBER,
    },
    erase=DELETE,
    retain=None,
)
class RegradedAttempt(models.Model):
    """An Attempt that a Regrade covers, and its effect.

    The scores are in whole parts of a point, as small as both need; empty while it runs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    regrade = models.ForeignKey(Regrade, on_delete=models.CASCADE, related_name="attempts")
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="regraded")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="regraded")
    reason_sealed = models.BinaryField()
    right_before = models.PositiveBigIntegerField(null=True)
    out_of_before = models.PositiveBigIntegerField(null=True)
    right = models.PositiveBigIntegerField(null=True)
    out_of = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["regrade", "attempt"], name="courses_regradedattempt_once"
            ),
            models.CheckConstraint(
                condition=models.Q(right_before=None, out_of_before=None, right=None, out_of=None)
                | models.Q(
                    right_before__lte=models.F("out_of_before"), right__lte=models.F("out_of")
                ),
                name="courses_regradedattempt_scores",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
