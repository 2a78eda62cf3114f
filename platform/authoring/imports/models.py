"""An Arrival: a package that an Author sent, queued for import, and its result."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

from django.db import models

from authoring.versions.models import Version
from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, NUMBER, PUBLIC, closed, holds, matches

STATES: Final = ("owed", "ready", "there", "refused", "failed", "undone")
# The states in which the file is still stored.
WAITING: Final = ("owed", "ready")
LONGEST_NAME: Final = 120


def forget(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Delete this Author's imports when their account is erased; the courses stay."""
    if scopes is not None:
        return 0
    return Arrival.objects.filter(author=subject).delete()[0]


@holds(
    subject=None,
    category="import",
    scope=None,
    columns={
        "id": CODE,
        "author": CODE,
        "name": PUBLIC,
        "slug": CODE,
        "title": PUBLIC,
        "updates": NUMBER,
        "part": PUBLIC,
        "parts": PUBLIC,
        "bytes": NUMBER,
        "sent_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "done": NUMBER,
        "total": NUMBER,
        "state": CODE,
        "course": LINK,
        "before": LINK,
        "made": LINK,
        "counts": PUBLIC,
        "left_out": PUBLIC,
        "why": PUBLIC,
        "changes": PUBLIC,
    },
    erase=forget,
    retain="30d",
    clock="sent_at",
)
class Arrival(models.Model):
    """An import; with `due_at` set it is queued. `slug` and `title` are as typed, or "".

    With `updates` the course of that slug is changed, and `changes` says how. `parts` names the
    courses of a file that holds several, and `part` the one to import. The state "ready" waits for
    its Author: for a `part`, or for consent to `changes`. `before` and `made` are the Versions
    before and after it, the first null for a new course. `left_out` counts unsupported content, and
    `why` stores the errors.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.UUIDField()
    name = models.CharField(max_length=LONGEST_NAME)
    slug = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200, blank=True)
    updates = models.BooleanField(default=False)
    part = models.CharField(max_length=200, blank=True)
    parts = models.JSONField(default=list)
    bytes = models.PositiveBigIntegerField()
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=7, default="owed")
    course = models.ForeignKey(Course, on_delete=models.SET_NULL, null=True, related_name="+")
    before = models.ForeignKey(Version, on_delete=models.SET_NULL, null=True, related_name="+")
    made = models.ForeignKey(Version, on_delete=models.SET_NULL, null=True, related_name="+")
    counts = models.JSONField(default=dict)
    left_out = models.JSONField(default=dict)
    why = models.JSONField(default=list)
    changes = models.JSONField(null=True)

    class Meta:
        constraints = [
            closed("state", STATES, name="authoring_arrival_state"),
            matches("slug", r"^([a-z0-9]+(-[a-z0-9]+)*)?$", name="authoring_arrival_slug"),
            models.CheckConstraint(
                condition=models.Q(state="owed", due_at__isnull=False)
                | (~models.Q(state="owed") & models.Q(due_at=None)),
                name="authoring_arrival_owed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="authoring_arrival_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.state}"
