"""The table of personal calibrations: how Learners' own reports change a Predictor's estimates.

It is made of Estimates, has every scope of those, and is deleted at once with any (I-1).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from consent.sealed_rows import SealedRow, limit_scopes
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, WITH_SCOPES, holds


@holds(
    subject="learner",
    category="estimate",
    scope="adapt",
    columns={
        "id": CODE,
        "learner": LINK,
        "predictor": LINK,
        "scopes": CODE,
        "epochs": NUMBER,
        "sealed": SEALED,
        "made_at": CLOCK,
    },
    erase=WITH_SCOPES,
    retain="30d",
)
class PersonalCalibration(SealedRow):
    """One per Learner and Predictor; computed again from all data with each report."""

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="calibrations",
    )
    predictor = models.ForeignKey(
        "estimates.Predictor",
        on_delete=models.CASCADE,
        db_column="predictor",
        related_name="calibrations",
    )
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "predictor"], name="estimates_personalcalibration_once"
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__len=models.F("epochs__len"), scopes__len__gt=0),
                name="estimates_personalcalibration_pairs",
            ),
            limit_scopes("adapt"),
        ]
