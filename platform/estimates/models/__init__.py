"""What a Predictor said, what the Learner knows, and what the Learner said about both.

Values stand sealed: what was made from Streams under the keys of their scopes, the rest as course.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models import Skill
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, closed, holds
from estimates.models.estimate import ESTIMATE_COLUMNS as ESTIMATE_COLUMNS
from estimates.models.estimate import STATUSES as STATUSES
from estimates.models.estimate import AffectEstimate as AffectEstimate
from estimates.models.estimate import BehaviourEstimate as BehaviourEstimate
from estimates.models.estimate import Estimate as Estimate
from estimates.models.estimate import ShadowEstimate as ShadowEstimate
from estimates.models.explanation import Explanation as Explanation
from estimates.models.personal_calibration import PersonalCalibration as PersonalCalibration
from estimates.models.predictor import KINDS as KINDS
from estimates.models.predictor import ORIGINS as ORIGINS
from estimates.models.predictor import Predictor as Predictor
from estimates.models.sensing_survey import SensingReport as SensingReport
from estimates.models.share import Share as Share
from estimates.models.sitting_baseline import Opening as Opening
from telemetry.models import Sitting

AFFECT_LABELS = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION", "FRUSTRATION", "DISTRACTION")
LEVEL_LABELS = ("VALENCE", "AROUSAL")
# How a report came about: by the Learner alone, with what they did or were offered, or because they
# were asked at a moment drawn by lot.
OCCASIONS = ("own", "event", "random")
REPORT_LABELS = ("got_it", "stuck", *(label.lower() for label in AFFECT_LABELS))


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
    """What the Learner probably knows and remembers of a Skill; no Skill = their ability over all.

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
        "occasion": CODE,
        "sealed": SEALED,
        "made_at": CLOCK,
        "due_at": CLOCK,
    },
    retain=None,
)
class SelfReport(models.Model):
    """What the Learner said about themselves, in a word, in SAM's two levels, or both; it outranks
    every Estimate.

    `due_at` set = a worker still owes what is to be learnt from it about guesses of them.
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
