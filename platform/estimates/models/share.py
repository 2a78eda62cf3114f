"""The table of Shares: a Learner lets a Teacher of a course see their estimates for a time.

It has no estimates. It names the consent it is based on: the `teach` scopes in force when it was
given, with their epochs. When one of them changes, the Share has ended, whatever the row says.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.scopes import STREAMS, scope
from consent.sealed_rows import limit_scopes
from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, NUMBER, holds

LONGEST: Final = timedelta(days=7)
TEACH_SCOPES: Final = tuple(scope(stream, "teach") for stream in STREAMS)


@holds(
    subject="learner",
    category="share",
    scope=None,
    columns={
        "id": CODE,
        "course": LINK,
        "learner": LINK,
        "teacher": LINK,
        "asked_at": CLOCK,
        "opened_at": CLOCK,
        "until": CLOCK,
        "closed_at": CLOCK,
        "scopes": CODE,
        "epochs": NUMBER,
    },
    retain="30d",
    clock="asked_at",
)
class Share(models.Model):
    """Requested by the Teacher, opened by the Learner until a time, and closed by the Learner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares"
    )
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    asked_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    scopes = ArrayField(models.CharField(max_length=24), default=list)
    epochs = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "learner", "teacher"], name="estimates_share_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(learner=models.F("teacher")), name="estimates_share_other"
            ),
            models.CheckConstraint(
                condition=models.Q(opened_at=None, until=None, scopes=[])
                | models.Q(
                    opened_at__isnull=False,
                    until__isnull=False,
                    opened_at__gte=models.F("asked_at"),
                    until__gt=models.F("opened_at"),
                    until__lte=models.F("opened_at") + LONGEST,
                    scopes__len__gt=0,
                ),
                name="estimates_share_time",
            ),
            limit_scopes("teach"),
            models.CheckConstraint(
                condition=models.Q(scopes__len=models.F("epochs__len")),
                name="estimates_share_pairs",
            ),
        ]
