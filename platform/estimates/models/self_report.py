"""The table of Learners' self-reports."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, closed, holds
from emotion.labels import OWN_WORDS
from telemetry.models import Sitting

# The occasion of a report: the Learner's own idea, an action or offer, or a random check-in.
OCCASIONS = ("own", "event", "random")
FEELINGS = tuple(word.lower() for word in OWN_WORDS)
REPORT_LABELS = ("got_it", "stuck", *FEELINGS)


@holds(
    subject="learner",
    category="self-report",
    scope="course",
    columns={
        "id": CODE,
        "sitting": LINK,
        "learner": LINK,
        "t": NUMBER,
        "occasion": CODE,
        "sealed": SEALED,
        "made_at": CLOCK,
        "due_at": CLOCK,
    },
    retain=None,
)
class SelfReport(models.Model):
    """A Learner's self-report: a label, SAM's two levels, or both; it outranks every Estimate.

    `due_at` set = the personal calibration must be updated with it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="reports")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports"
    )
    t = models.FloatField()
    occasion = models.CharField(max_length=6, default="own")
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("occasion", OCCASIONS, name="estimates_selfreport_occasion"),
            models.UniqueConstraint(
                fields=["sitting"],
                condition=models.Q(occasion="random"),
                name="estimates_selfreport_one_answer",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "-made_at"], name="report_learner"),
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="report_due"
            ),
        ]
