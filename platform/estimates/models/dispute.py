"""The table of Learners' disputes of Estimates."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from data_inventory import CLOCK, LINK, NUMBER, SEALED, holds
from estimates.models.estimate import AffectEstimate


@holds(
    subject="learner",
    category="dispute",
    scope="course",
    columns={
        "id": NUMBER,
        "estimate": LINK,
        "learner": LINK,
        "sealed": SEALED,
        "made_at": CLOCK,
    },
    retain="30d",
    clock="estimate__made_at",
)
class Dispute(models.Model):
    """The Learner's own label in place of an Estimate; no evidence is required (I-18)."""

    estimate = models.OneToOneField(
        AffectEstimate, on_delete=models.CASCADE, related_name="dispute"
    )
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="disputes"
    )
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)
