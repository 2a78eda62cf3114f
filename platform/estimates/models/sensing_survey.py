"""The table of answers to "Did being sensed bother you?", or that the Learner skipped it.

One question at two points of a course: in its middle and at its end.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, SEALED, closed, holds

POINTS = ("middle", "end")


@holds(
    subject="learner",
    category="self-report",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "course": LINK,
        "point": CODE,
        "sealed": SEALED,
        "made_at": CLOCK,
    },
    retain=None,
)
class SensingReport(models.Model):
    """The answer is sealed; that a row exists means only that it is not asked again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sensing_reports"
    )
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    point = models.CharField(max_length=6)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            closed("point", POINTS, name="estimates_sensingreport_point"),
            models.UniqueConstraint(
                fields=["learner", "course", "point"], name="estimates_sensingreport_once"
            ),
        ]
