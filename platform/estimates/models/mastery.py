"""The table of Learners' mastery and memory of skills."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models import Skill
from data_inventory import CLOCK, LINK, NUMBER, SEALED, holds


@holds(
    subject="learner",
    category="mastery",
    scope="course",
    columns={
        "id": NUMBER,
        "learner": LINK,
        "skill": LINK,
        "responses": NUMBER,
        "sealed": SEALED,
        "updated_at": CLOCK,
        "due_at": CLOCK,
    },
    retain=None,
)
class MasteryEstimate(models.Model):
    """Mastery and memory of a Skill; no Skill = the Learner's overall ability.

    `due_at` set = the interval of the logistic tracing is pending.
    """

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mastery"
    )
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, null=True, related_name="mastery")
    responses = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField()
    updated_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "skill"],
                nulls_distinct=False,
                name="estimates_masteryestimate_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="mastery_due"
            ),
        ]
