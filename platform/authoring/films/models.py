"""An Upload: a video that arrives in pieces and is then converted for its unit."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from functools import partial
from typing import Final

from django.db import models, transaction

from authoring.films import film_files
from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, NUMBER, PUBLIC, closed, holds, matches

STATES: Final = ("arriving", "pending", "there", "failed")


def forget(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Delete this Author's uploads when their account is erased; used videos stay."""
    if scopes is not None:
        return 0
    rows = Upload.objects.filter(author=subject)
    for id in rows.values_list("id", flat=True):
        transaction.on_commit(partial(film_files.delete, id))
    return rows.delete()[0]


@holds(
    subject=None,
    category="video upload",
    scope=None,
    columns={
        "id": CODE,
        "author": CODE,
        "course": LINK,
        "unit": CODE,
        "length": NUMBER,
        "offset": NUMBER,
        "keeps_original": NUMBER,
        "sent_at": CLOCK,
        "expires_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "percent": NUMBER,
        "state": CODE,
        "step": CODE,
        "why": PUBLIC,
    },
    erase=forget,
    retain="30d",
    clock="sent_at",
)
class Upload(models.Model):
    """A video for one unit of a draft; with `due_at` set its conversion is queued.

    The first `offset` of `length` bytes are stored. The name of the file is not stored. `step` is
    the stamp of the draft that got the video, and `why` says why there is none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.UUIDField()
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    unit = models.UUIDField()
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    keeps_original = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, default="arriving")
    step = models.CharField(max_length=24, blank=True)
    why = models.JSONField(default=list)

    class Meta:
        constraints = [
            closed("state", STATES, name="authoring_upload_state"),
            matches("step", r"^(\d+\.\d+)?$", name="authoring_upload_step"),
            models.CheckConstraint(
                condition=models.Q(length__gt=0, offset__lte=models.F("length")),
                name="authoring_upload_offset",
            ),
            models.CheckConstraint(
                condition=models.Q(state="arriving") | models.Q(offset=models.F("length")),
                name="authoring_upload_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(state="pending", due_at__isnull=False)
                | (~models.Q(state="pending") & models.Q(due_at=None)),
                name="authoring_upload_pending",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="authoring_upload_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id}, {self.state}"
