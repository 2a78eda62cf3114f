"""The table of baselines: one Learner's usual values on one Stream at the start of a Sitting.

It is made for one Predictor from that Stream alone. It is sealed under the Stream's key with the
same trigger as an Estimate, and deleted with it (I-1, I-2).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from consent.sealed_rows import SealedRow, limit_scopes
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, WITH_SCOPES, holds
from telemetry.models import Sitting


@holds(
    subject="learner",
    category="estimate",
    scope="adapt",
    columns={
        "id": CODE,
        "sitting": LINK,
        "predictor": LINK,
        "learner": LINK,
        "scopes": CODE,
        "epochs": NUMBER,
        "sealed": SEALED,
        "made_at": CLOCK,
    },
    erase=WITH_SCOPES,
    retain="30d",
)
class Opening(SealedRow):
    """One per Sitting, Predictor and scope it was made from."""

    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, db_column="sitting", related_name="openings"
    )
    predictor = models.ForeignKey(
        "estimates.Predictor",
        on_delete=models.CASCADE,
        db_column="predictor",
        related_name="openings",
    )
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="openings",
    )
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitting", "predictor", "scopes"], name="estimates_opening_once"
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__len=1, epochs__len=1), name="estimates_opening_pairs"
            ),
            limit_scopes("adapt"),
        ]
