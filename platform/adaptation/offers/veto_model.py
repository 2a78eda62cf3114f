"""The table of a Learner's standing wish for one Course: no offers from Estimates."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from courses.models import Course
from data_inventory import CLOCK, LINK, NUMBER, holds


@holds(
    subject="learner",
    category="learner setting",
    scope="course",
    columns={"id": NUMBER, "learner": LINK, "course": LINK, "since": CLOCK},
    retain=None,
)
class CourseVeto(models.Model):
    """While this row exists, rules read no estimate about this Learner in this Course."""

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="vetoes"
    )
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "course"], name="adaptation_veto_once"),
        ]
