"""Tables of hint trials: two wordings of one hint, and the one drawn for each Learner."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from courses.models import Hint
from data_inventory import CLOCK, CODE, LINK, NUMBER, holds


@holds(
    subject=None,
    category="course setting",
    scope=None,
    columns={
        "id": NUMBER,
        "code": CODE,
        "hint": LINK,
        "simulated": NUMBER,
        "share": NUMBER,
        "decisions": NUMBER,
        "began_at": CLOCK,
        "learnt_at": CLOCK,
        "ended_at": CLOCK,
    },
    retain=None,
)
class WordingTrial(models.Model):
    """A comparison of two wordings of a hint; ends after `decisions`, fixed when it is first shown.

    Simulated Learners have a trial of their own, whose figures may be exact. `share` is the
    probability of the other wording, updated each night; 0 or 1 after the end.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    hint = models.ForeignKey(Hint, on_delete=models.CASCADE, related_name="wordings")
    simulated = models.BooleanField(default=False)
    share = models.FloatField()
    decisions = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    learnt_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hint", "simulated"], name="adaptation_wordingtrial_once"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, share__gte=0.2, share__lte=0.8)
                | models.Q(ended_at__isnull=False, share__in=[0.0, 1.0]),
                name="adaptation_wordingtrial_share",
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)


@holds(
    subject="learner",
    category="course record",
    scope="course",
    columns={
        "id": NUMBER,
        "trial": LINK,
        "learner": LINK,
        "other": NUMBER,
        "probability": NUMBER,
        "shown_at": CLOCK,
        "due_at": CLOCK,
        "right": NUMBER,
    },
    retain=None,
)
class WordingShown(models.Model):
    """The wording one Learner reads of one hint, and the result of the next try.

    `right` says whether the next try at its question within ten minutes was correct; `due_at` is
    set until that is known.
    """

    trial = models.ForeignKey(WordingTrial, on_delete=models.CASCADE, related_name="shown")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wordings"
    )
    other = models.BooleanField()
    probability = models.FloatField()
    shown_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    right = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "learner"], name="adaptation_wordingshown_once"
            ),
            models.CheckConstraint(
                condition=models.Q(probability__gt=0, probability__lt=1),
                name="adaptation_wordingshown_lot",
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__isnull=False, right=None)
                | models.Q(due_at=None, right__isnull=False),
                name="adaptation_wordingshown_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="adaptation_wordingshown_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trial_id} {'other' if self.other else 'first'}"
