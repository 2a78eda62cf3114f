"""Tables of Learners' disputes: of one Estimate, and of the behaviour in one Sitting."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from data_inventory import CLOCK, LINK, NUMBER, SEALED, holds
from estimates.models.estimate import AffectEstimate
from telemetry.models import Sitting


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


@holds(
    subject="learner",
    category="dispute",
    scope="course",
    columns={"id": NUMBER, "sitting": LINK, "learner": LINK, "made_at": CLOCK},
    retain="30d",
)
class DisputedSitting(models.Model):
    """A Sitting of which the Learner says that the behaviour estimated there is wrong."""

    sitting = models.OneToOneField(
        Sitting, on_delete=models.CASCADE, db_column="sitting", related_name="behaviour_dispute"
    )
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="disputed_sittings"
    )
    made_at = models.DateTimeField(default=timezone.now)
