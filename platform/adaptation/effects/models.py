"""Tables of trials: of Rules, with the outcome after each decision, and of two wordings of a hint.

Outcomes are counts and times of the course, in clear like the Responses they are read from.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from adaptation.rules.models import RULE
from courses.models import Course, Hint
from data_inventory import CLOCK, CODE, LINK, NUMBER, holds, matches


@holds(
    subject=None,
    category="course setting",
    scope=None,
    columns={
        "id": NUMBER,
        "code": CODE,
        "course": LINK,
        "rule": CODE,
        "version": NUMBER,
        "probability": NUMBER,
        "decisions": NUMBER,
        "began_at": CLOCK,
    },
    retain=None,
)
class Trial(models.Model):
    """One Rule of one Course offered at random; ends after `decisions`, fixed at the first draw."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="trials")
    rule = models.CharField(max_length=4)
    version = models.PositiveSmallIntegerField()
    probability = models.FloatField()
    decisions = models.PositiveIntegerField()
    began_at = models.DateTimeField()

    class Meta:
        constraints = [
            matches("rule", RULE, name="adaptation_trial_rule"),
            models.UniqueConstraint(
                fields=["course", "rule", "version"], name="adaptation_trial_once"
            ),
            models.CheckConstraint(
                condition=models.Q(probability__gt=0, probability__lt=1, decisions__gt=0),
                name="adaptation_trial_lot",
            ),
        ]


@holds(
    subject="intervention__learner",
    category="course record",
    scope="course",
    columns={
        "intervention": LINK,
        "trial": LINK,
        "due_at": CLOCK,
        "right": NUMBER,
        "after_s": NUMBER,
        "left": NUMBER,
    },
    retain=None,
)
class ProximalOutcome(models.Model):
    """The outcome within ten minutes of one decision, offered or held back at random.

    While `due_at` is set it is pending. Then `right` says whether the next try on the skill was
    correct; no try counts as incorrect and has no `after_s`. `left` means that no page of the
    course was open after five minutes. Without a `trial` nothing was randomised, so the row says
    nothing about an effect.
    """

    intervention = models.OneToOneField(
        "adaptation.Intervention",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="proximal",
    )
    trial = models.ForeignKey(Trial, on_delete=models.SET_NULL, null=True, related_name="outcomes")
    due_at = models.DateTimeField(null=True)
    right = models.BooleanField(null=True)
    after_s = models.FloatField(null=True)
    left = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(due_at__isnull=False, right=None, after_s=None, left=None)
                | models.Q(due_at=None, right=False, left__isnull=False)
                | models.Q(due_at=None, right=True, left__isnull=False, after_s__isnull=False),
                name="adaptation_proximal_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="adaptation_proximal_due",
            ),
        ]


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
