"""Tables of expert labels: a LabelTask of a course, its moments, and each rater's Labels.

A moment and a Label name the (scope, epoch) pairs under which they were viewed; a trigger refuses
both when one of them is no longer live (I-1). A Label is sealed under the keys of those scopes, and
deleted with any of them.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.scopes import PURPOSES, STREAM_PATTERN
from consent.sealed_rows import ScopedRow, SealedRow, limit_scopes
from courses.models import Course
from data_inventory import (
    CLOCK,
    CODE,
    LINK,
    NUMBER,
    PUBLIC,
    SEALED,
    WITH_SCOPES,
    holds,
)
from telemetry.models import Sitting


@holds(
    subject=None,
    category="label task",
    scope=None,
    columns={"id": PUBLIC, "course": PUBLIC, "streams": PUBLIC, "made_at": PUBLIC},
    erase=None,
    retain=None,
)
class LabelTask(models.Model):
    """Moments of one course, shown by these streams; the audit records who created it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="label_tasks")
    streams = ArrayField(models.CharField(max_length=12))
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(streams__each_regex=STREAM_PATTERN, streams__len__gt=0),
                name="research_labeltask_streams",
            ),
        ]


@holds(
    subject="learner",
    category="label",
    scope="adapt",
    columns={
        "id": CODE,
        "task": LINK,
        "learner": LINK,
        "sitting": LINK,
        "cut": NUMBER,
        "scopes": CODE,
        "epochs": NUMBER,
        "made_at": CLOCK,
    },
    erase=WITH_SCOPES,
    retain="30d",
)
class LabelItem(ScopedRow):
    """One moment to label: a cut of a Sitting, identified by number alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(LabelTask, on_delete=models.CASCADE, related_name="items")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="label_items",
    )
    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, db_column="sitting", related_name="label_items"
    )
    cut = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            *ScopedRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["task", "sitting", "cut"], name="research_labelitem_once"
            ),
            limit_scopes(*PURPOSES),
        ]


@holds(
    subject="learner",
    category="label",
    scope="adapt",
    columns={
        "id": CODE,
        "item": LINK,
        "learner": LINK,
        "rater": LINK,
        "scopes": CODE,
        "epochs": NUMBER,
        "sealed": SEALED,
        "made_at": CLOCK,
    },
    erase=WITH_SCOPES,
    retain="30d",
)
class Label(SealedRow):
    """One rater's label of one moment; a second one of the same rater replaces it."""

    item = models.ForeignKey(LabelItem, on_delete=models.CASCADE, related_name="+")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="expert_labels",
    )
    rater = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="rater",
        related_name="labels_given",
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            *SealedRow.Meta.constraints,
            models.UniqueConstraint(fields=["item", "rater"], name="research_label_once"),
            limit_scopes(*PURPOSES),
        ]
