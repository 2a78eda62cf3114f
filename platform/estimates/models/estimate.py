"""Tables of estimates about one Window: affect, behaviour, and those of challengers.

An Estimate names the (scope, epoch) pairs it was made under; a trigger refuses it when one of them
is no longer live (I-1). Values are sealed under the keys of those scopes.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from consent.sealed_rows import SealedRow, limit_scopes
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, WITH_SCOPES, closed, holds
from estimates.models.predictor import Predictor
from telemetry.models import Sitting

AFFECT_LABELS = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION", "FRUSTRATION", "DISTRACTION")
LEVEL_LABELS = ("VALENCE", "AROUSAL")
BEHAVIOUR_STATES = ("focused", "struggling", "disengaged")
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


class Estimate(SealedRow):
    """One estimate about one Window, or an abstention."""

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
    status = models.CharField(max_length=10, default="live")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        constraints = [
            *SealedRow.Meta.constraints,
            closed("status", STATUSES, name="%(app_label)s_%(class)s_status"),
            models.UniqueConstraint(
                fields=["sitting", "cut", "predictor"], name="%(app_label)s_%(class)s_once"
            ),
            limit_scopes("adapt"),
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
            limit_scopes("adapt", "research"),
        ]
