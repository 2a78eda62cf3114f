"""Tables of lapsed rules and of vetoes.

A Rule lapsed if it began to wait and its condition passed before any offer. The row has no values.
It names the scopes of the signals read: a withdrawal deletes it (I-2).
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from adaptation.rules.models import RULE
from consent.sealed_rows import limit_scopes
from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, NUMBER, WITH_SCOPES, holds, matches
from telemetry.models import Sitting


@holds(
    subject="learner",
    category="rule let go",
    scope="course",
    columns={
        "id": NUMBER,
        "sitting": LINK,
        "learner": LINK,
        "rule": CODE,
        "version": NUMBER,
        "scopes": CODE,
        "epochs": NUMBER,
        "armed_at": CLOCK,
        "at": CLOCK,
    },
    erase=WITH_SCOPES,
    retain="30d",
    clock="at",
)
class LetGo(models.Model):
    """A Rule that was arming at one time and idle at another, without an offer in between."""

    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, db_column="sitting", related_name="let_go"
    )
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="let_go",
    )
    rule = models.CharField(max_length=4)
    version = models.PositiveSmallIntegerField()
    scopes = ArrayField(models.CharField(max_length=24), default=list)
    epochs = ArrayField(models.BigIntegerField(), default=list)
    armed_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            matches("rule", RULE, name="adaptation_letgo_rule"),
            limit_scopes("adapt"),
            models.CheckConstraint(
                condition=models.Q(scopes__len=models.F("epochs__len"))
                | models.Q(scopes=[], epochs=[]),
                name="adaptation_letgo_pairs",
            ),
            models.UniqueConstraint(
                fields=["learner", "rule", "armed_at"], name="adaptation_letgo_once"
            ),
        ]
        indexes = [models.Index(fields=["learner", "-at"], name="let_go_learner")]


@holds(
    subject="learner",
    category="learner setting",
    scope="course",
    columns={"id": NUMBER, "learner": LINK, "course": LINK, "since": CLOCK},
    retain=None,
)
class CourseVeto(models.Model):
    """A Learner's wish for no offers from Estimates in one Course; rules then read none."""

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="vetoes"
    )
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "course"], name="adaptation_veto_once"),
        ]
