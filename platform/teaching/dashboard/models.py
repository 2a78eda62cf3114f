"""Queue rows that the Teachers of a Course have handled or snoozed.

`teaching.dashboard.unnoticed_learners` reads them for a week.
"""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import User
from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, holds


@holds(
    subject="learner",
    category="course record",
    scope="course",
    columns={
        "id": CODE,
        "course": LINK,
        "learner": LINK,
        "about": CODE,
        "by": LINK,
        "at": CLOCK,
        "until": CLOCK,
    },
    retain="8d",
    clock="at",
)
class Handled(models.Model):
    """A Teacher handled this Learner's need about a question or unit; `until` = snoozed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    about = models.UUIDField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("at")),
                name="teaching_handled_until",
            ),
        ]
        indexes = [models.Index(fields=["course", "-at"], name="teaching_handled_course")]
