"""Tables of the target difficulty of a Course, and of each question chosen for a Learner.

The candidates and their predicted success are sealed under scope `course`; the probability of the
draw and the number of candidates are in clear.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models import Course, Question, Unit
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, closed, holds
from emotion.knowledge.item_selection import HIGH, LOW

PURPOSES: Final = ("quiz", "review")


@holds(
    subject=None,
    category="course setting",
    scope=None,
    columns={"id": NUMBER, "course": LINK, "target": NUMBER, "changed_at": CLOCK},
    retain=None,
)
class CourseTarget(models.Model):
    """The share of right answers a Teacher aims at in one Course; no row = the default."""

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="+")
    target = models.FloatField()
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(target__gte=LOW, target__lte=HIGH),
                name="adaptation_coursetarget_band",
            ),
        ]


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "unit": LINK,
        "question": LINK,
        "purpose": CODE,
        "probability": NUMBER,
        "candidates": NUMBER,
        "adjust": LINK,
        "sealed": SEALED,
        "chosen_at": CLOCK,
        "asked_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class Choice(models.Model):
    """One question drawn for one Learner; while `asked_at` is None it waits, unseen.

    `adjust` is the Intervention that shifted it, if any.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="choices"
    )
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=6)
    probability = models.FloatField()
    candidates = models.PositiveIntegerField()
    adjust: models.ForeignKey[Any] = models.ForeignKey(
        "adaptation.Intervention", on_delete=models.SET_NULL, null=True, related_name="choices"
    )
    sealed = models.BinaryField()
    chosen_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("purpose", PURPOSES, name="adaptation_choice_purpose"),
            models.CheckConstraint(
                condition=models.Q(probability__gt=0, probability__lte=1, candidates__gte=1),
                name="adaptation_choice_probability",
            ),
            models.UniqueConstraint(
                fields=["learner", "unit"],
                condition=models.Q(asked_at=None),
                name="adaptation_choice_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "question", "-chosen_at"], name="choice_question")
        ]
