"""What a Predictor said, what the Learner knows, and what the Learner said about both.

An Estimate names the (scope, epoch) pairs it was made under; a trigger refuses it when one of them
is no longer live (I-1). Values stand sealed under the keys of those scopes.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext

from consent.scopes import ADAPT_SCOPES
from courses.models import Skill
from estimates.explanation_model import Explanation as Explanation
from estimates.opening_model import Opening as Opening
from estimates.sensing_report_model import SensingReport as SensingReport
from estimates.share_model import Share as Share
from holdings import (
    CLOCK,
    CODE,
    DIGEST,
    LINK,
    NUMBER,
    PUBLIC,
    SEALED,
    WITH_SCOPES,
    closed,
    holds,
    matches,
)
from telemetry.models import Sitting

# The first four give Estimates of how somebody felt; pages and rules read the first of them.
KINDS = ("affect", "mvp", "foursub", "arousal", "behaviour", "knowledge")
ORIGINS = ("simulated", "people")
STATUSES = ("live", "abstained", "disputed", "late")
AFFECT_LABELS = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION", "FRUSTRATION", "DISTRACTION")
LEVEL_LABELS = ("VALENCE", "AROUSAL")
REPORT_LABELS = ("got_it", "stuck", *(label.lower() for label in AFFECT_LABELS))


@holds(
    subject=None,
    category="predictor",
    scope=None,
    columns={
        "id": NUMBER,
        "name": PUBLIC,
        "digest": DIGEST,
        "kind": CODE,
        "origin": CODE,
        "card": PUBLIC,
        "active": NUMBER,
        "registered_at": CLOCK,
        "promoted_at": CLOCK,
    },
    retain=None,
)
class Predictor(models.Model):
    """An artefact that is known here: which one, made from what, its card, and whether it is used.

    `promoted_at` set and not active = it was in use before, and a rollback may bring it back.
    """

    name = models.CharField(max_length=40)
    digest = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=10)
    origin = models.CharField(max_length=10)
    card = models.JSONField()
    active = models.BooleanField(default=False)
    registered_at = models.DateTimeField(default=timezone.now)
    promoted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("kind", KINDS, name="estimates_predictor_kind"),
            closed("origin", ORIGINS, name="estimates_predictor_origin"),
            matches("digest", r"^[0-9a-f]{12}$", name="estimates_predictor_digest"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(active=True),
                name="estimates_predictor_one_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}-{self.digest}"

    @property
    def title(self) -> str:
        """What it is, in the words of its card and the language spoken now."""
        return gettext(str(self.card.get("title", self.name)))


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


class Estimate(models.Model):
    """One guess about one Window, or the refusal to guess."""

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
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=list(ADAPT_SCOPES)),
                name="%(app_label)s_%(class)s_scopes",
            ),
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
    """What the Predictor guessed about how the Learner felt."""


@holds(
    subject="learner",
    category="estimate",
    scope="adapt",
    columns=ESTIMATE_COLUMNS,
    erase=WITH_SCOPES,
    retain="30d",
)
class BehaviourEstimate(Estimate):
    """What the behaviour model guessed about what the Learner was doing."""


@holds(
    subject="learner",
    category="mastery",
    scope="course",
    columns={
        "id": NUMBER,
        "learner": LINK,
        "skill": LINK,
        "responses": NUMBER,
        "sealed": SEALED,
        "updated_at": CLOCK,
        "due_at": CLOCK,
    },
    retain=None,
)
class MasteryEstimate(models.Model):
    """What the Learner probably knows of one Skill; no Skill = their ability over all.

    `due_at` set = a worker still owes the interval of the logistic tracing.
    """

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mastery"
    )
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, null=True, related_name="mastery")
    responses = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField()
    updated_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "skill"],
                nulls_distinct=False,
                name="estimates_masteryestimate_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="mastery_due"
            ),
        ]


@holds(
    subject="learner",
    category="self-report",
    scope="course",
    columns={
        "id": CODE,
        "sitting": LINK,
        "learner": LINK,
        "t": NUMBER,
        "sealed": SEALED,
        "made_at": CLOCK,
    },
    retain=None,
)
class SelfReport(models.Model):
    """What the Learner said about themselves; it outranks every Estimate."""

    id = models.UUIDField(primary_key=True, editable=False)
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="reports")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports"
    )
    t = models.FloatField()
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["learner", "-made_at"], name="report_learner")]


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
    """The Learner's own word in place of an Estimate; no evidence is asked (I-18)."""

    estimate = models.OneToOneField(
        AffectEstimate, on_delete=models.CASCADE, related_name="dispute"
    )
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="disputes"
    )
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)
