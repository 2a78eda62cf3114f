"""Published effects of real people: computed once, with noise (ADR 0041)."""

from __future__ import annotations

from django.db import models

from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, NUMBER, holds


@holds(
    subject=None,
    category="class picture",
    scope=None,
    columns={
        "id": NUMBER,
        "course": LINK,
        "trial": CODE,
        "low": NUMBER,
        "high": NUMBER,
        "people": NUMBER,
        "biometric": NUMBER,
        "at": CLOCK,
    },
    retain=None,
)
class PublishedEffect(models.Model):
    """The interval of one trial (of a rule or of two wordings) and the noisy number of its people.

    No interval = the trial had no publishable result, which is decided only once as well.
    `biometric`: an Estimate from a biometric stream was used.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="published_effects")
    trial = models.UUIDField(unique=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    people = models.PositiveIntegerField(null=True)
    biometric = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(low=None, high=None, people=None)
                | models.Q(
                    low__gte=-1, high__lte=1, low__lte=models.F("high"), people__isnull=False
                ),
                name="teaching_publishedeffect_range",
            ),
        ]

    def __str__(self) -> str:
        return f"effect published {self.at:%Y-%m-%d}"
