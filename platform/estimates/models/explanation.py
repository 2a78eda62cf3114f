"""The table of Explanations of AffectEstimates, computed at the Learner's request.

`due_at` set = pending; sealed = available; neither = it cannot be explained. The explanation is
sealed under the keys of the scopes of its Estimate, with the same trigger.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from consent.sealed_rows import ScopedRow, limit_scopes
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, WITH_SCOPES, holds


@holds(
    subject="learner",
    category="estimate",
    scope="adapt",
    columns={
        "estimate": LINK,
        "learner": LINK,
        "scopes": CODE,
        "epochs": NUMBER,
        "sealed": SEALED,
        "due_at": CLOCK,
    },
    erase=WITH_SCOPES,
    retain="30d",
    clock="estimate__made_at",
)
class Explanation(ScopedRow):
    """One for each Estimate with a request; deleted with it."""

    estimate = models.OneToOneField(
        "estimates.AffectEstimate",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="+",
    )
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="explanations",
    )
    sealed = models.BinaryField(default=b"")
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *ScopedRow.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(due_at=None) | models.Q(sealed=b""),
                name="estimates_explanation_owed_or_there",
            ),
            limit_scopes("adapt"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="explanation_due"
            ),
        ]
