"""Tables of estimates about one Window: affect, behaviour, and those of challengers.

An Estimate names the (scope, epoch) pairs it was made under; a trigger refuses it when one of them
is no longer live (I-1). Values are sealed under the keys of those scopes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from consent.scopes import ADAPT_SCOPES, RESEARCH_SCOPES
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, WITH_SCOPES, closed, holds
from estimates.models.predictor import Predictor
from telemetry.models import Sitting

AFFECT_LABELS = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION", "FRUSTRATION", "DISTRACTION")
LEVEL_LABELS = ("VALENCE", "AROUSAL")
STATUSES = ("live", "abstained", "disputed", "late")
ESTIMATE_COLUMNS = {
    "id": CODE,
    "sitting": LINK,
    "cut": NUMBER,
    "predictor": LINK,
    "learner": LINK,
    "scopes": CODE,
    "epochs": NUMBER,
    "status": CODE,
    "sealed": SEALED,
    "made_at": CLOCK,
}


def limit_scopes(scopes: Sequence[str]) -> models.CheckConstraint:
    """Build the constraint that rows were made under these scopes and no others."""
    condition = models.Q(scopes__contained_by=list(scopes))
    return models.CheckConstraint(condition=condition, name="%(app_label)s_%(class)s_scopes")


class Estimate(models.Model):
    """One estimate about one Window, or an abstention."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, db_column="sitting", related_name="%(class)ss"
    )
    cut = models.PositiveIntegerField()
    predictor = models.ForeignKey(Predictor, on_delete=models.PROTECT, db_column="predictor")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="%(class)ss",
    )
    scopes = ArrayField(models.CharField(max_length=24))
    epochs = ArrayField(models.BigIntegerField())
    status = models.CharField(max_length=10, default="live")
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        constraints = [
            closed("status", STATUSES, name="%(app_label)s_%(class)s_status"),
            models.UniqueConstraint(
                fields=["sitting", "cut", "predictor"], name="%(app_label)s_%(class)s_once"
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__len=models.F("epochs__len")),
                name="%(app_label)s_%(class)s_pairs",
            ),
            limit_scopes(ADAPT_SCOPES),
        ]
        indexes = [models.Index(fields=["learner", "-made_at"], name="%(class)s_learner")]


@holds(
    subject="learner",
    category="estimate",
    scope="adapt",
    columns=ESTIMATE_COLUMNS,
    erase=WITH_SCOPES,
    retain="30d",
)
class AffectEstimate(Estimate):
    """A Predictor's estimate of how the Learner felt."""


@holds(
    subject="learner",
    category="estimate",
    scope="adapt",
    columns=ESTIMATE_COLUMNS,
    erase=WITH_SCOPES,
    retain="30d",
)
class BehaviourEstimate(Estimate):
    """The behaviour model's estimate of what the Learner was doing."""


@holds(
    subject="learner",
    category="shadow",
    scope="adapt",
    columns=ESTIMATE_COLUMNS,
    erase=WITH_SCOPES,
    retain="30d",
)
class ShadowEstimate(Estimate):
    """A challenger's estimate: for research alone, sealed under its scopes too."""

    class Meta(Estimate.Meta):
        abstract = False
        constraints = [
            *Estimate.Meta.constraints[:-1],
            limit_scopes((*ADAPT_SCOPES, *RESEARCH_SCOPES)),
        ]
