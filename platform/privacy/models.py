"""The record of an erasure: what was asked, how far it got, how much went.

It names its subject by code alone and outlives the account, because it is the proof that the rest
is gone.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from consent.scopes import ADAPT_SCOPES
from holdings import CLOCK, CODE, PUBLIC, closed, holds

CAUSES = ("withdrawal", "request", "retention", "legal")
STATES = (
    "asked",
    "frozen",
    "shredded",
    "rows",
    "derived",
    "rotated",
    "verified",
    "certified",
)


@holds(
    subject=None,
    category="erasure",
    scope=None,
    columns={
        "id": CODE,
        "subject": CODE,
        "scopes": CODE,
        "cause": CODE,
        "state": CODE,
        "asked_at": CLOCK,
        "frozen_at": CLOCK,
        "shredded_at": CLOCK,
        "rows_at": CLOCK,
        "derived_at": CLOCK,
        "rotated_at": CLOCK,
        "verified_at": CLOCK,
        "certified_at": CLOCK,
        "counts": PUBLIC,
    },
    retain=None,
)
class Erasure(models.Model):
    """One erasure; `scopes` NULL = everything about the subject. It only moves forward."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField(db_index=True)
    scopes = ArrayField(models.CharField(max_length=24), null=True)
    cause = models.CharField(max_length=10)
    state = models.CharField(max_length=9, default="asked")
    asked_at = models.DateTimeField(default=timezone.now)
    frozen_at = models.DateTimeField(null=True)
    shredded_at = models.DateTimeField(null=True)
    rows_at = models.DateTimeField(null=True)
    derived_at = models.DateTimeField(null=True)
    rotated_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    certified_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            closed("cause", CAUSES, name="privacy_erasure_cause"),
            closed("state", STATES, name="privacy_erasure_state"),
            models.CheckConstraint(
                condition=models.Q(scopes__isnull=True)
                | models.Q(scopes__contained_by=list(ADAPT_SCOPES)),
                name="privacy_erasure_scopes",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=~models.Q(state="certified"),
                name="privacy_erasure_open",
            ),
        ]
