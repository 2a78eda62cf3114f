"""Whether a Rule helps: what came next after each decision, and how many decisions will settle it.

What came next is counts and times of the course, in clear like the Responses it is read from.
"""

from __future__ import annotations

import uuid

from django.db import models

from adaptation.rules.models import RULE
from courses.models import Course
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
    """One Rule of one Course offered by lot. It ends after `decisions`, fixed at its first lot."""

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
    """What came within ten minutes of one decision, offered or held back by lot.

    While `due_at` stands it is owed. Then `right`: whether the next try on the skill was; no try
    is not right, and has no `after_s`. `left`: nobody was on a page of the course after five
    minutes. Without a `trial` nothing was drawn by lot, so it says nothing about an effect.
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
