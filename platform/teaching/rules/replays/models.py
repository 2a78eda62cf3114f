"""Replays that Teachers requested: pending for a worker, then its result, for a day.

`due_at` set = pending. Figures of real people are ranges from course records alone (docs/adr/0031).
They rest on no consent, so a withdrawal does not delete them, and their deletion reveals nothing
about one. Figures of simulated people are deleted when one of these withdraws (I-2).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from courses.models import Course
from data_inventory import (
    CLOCK,
    CODE,
    DIGEST,
    LINK,
    NUMBER,
    PUBLIC,
    closed,
    has_length,
    holds,
    matches,
)

STATES: Final = ("owed", "there", "none", "failed")
DAYS: Final = 7
FIGURES: Final = (
    "people",
    "offers",
    "learners",
    "per_hour",
    "later_wrong",
    "let_go",
    "corrected",
    "low",
    "high",
)
NEXT_ANSWERS: Final = ("wrong", "right", "none")
RESULT_FIELDS: Final = ("until", "floor", "draft", "on", *NEXT_ANSWERS)


def forget(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Delete each Replay that rests on this person's consent; of a real person, none does.

    If the whole account is erased, delete all Replays, because the enrolments that name its Courses
    may be deleted already.
    """
    rows = Replay.objects.all()
    if scopes is not None:
        if all(scope.endswith(":research") for scope in scopes):
            return 0
        rows = rows.filter(
            course__enrolments__user__code=subject, course__enrolments__user__simulated=True
        )
    return Replay.objects.filter(pk__in=rows.values("pk")).delete()[0]


def dates_of(until: datetime) -> Sequence[date]:
    """Return the dates of the replayed days; the first and the last are partial."""
    last = until.astimezone(UTC).date()
    return [last - timedelta(days=back) for back in reversed(range(DAYS + 1))]


@holds(
    subject=None,
    category="replay",
    scope=None,
    columns={
        "id": CODE,
        "course": LINK,
        "rule": CODE,
        "asked_by": DIGEST,
        "body": PUBLIC,
        "digest": CODE,
        "asked_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "done": NUMBER,
        "state": CODE,
        "until": CLOCK,
        "simulated": NUMBER,
        "floor": NUMBER,
        "draft": NUMBER,
        "on": NUMBER,
        "wrong": NUMBER,
        "right": NUMBER,
        "none": NUMBER,
    },
    erase=forget,
    retain="1d",
    clock="asked_at",
)
class Replay(models.Model):
    """One Replay per Teacher and Rule, of the draft requested last.

    `rule` "" = a new one; `digest` identifies all Rules that were run. `draft`, `on`: FIGURES of
    the draft and of the active version. NEXT_ANSWERS: on each of `dates_of(until)`, how many of the
    draft's offers were followed by such an answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=4)
    asked_by = models.BinaryField()
    body = models.JSONField()
    digest = models.CharField(max_length=12)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=6, default="owed")
    until = models.DateTimeField(null=True)
    simulated = models.BooleanField(default=False)
    floor = models.PositiveSmallIntegerField(null=True)
    draft = ArrayField(models.FloatField(null=True), null=True)
    on = ArrayField(models.FloatField(null=True), null=True)
    wrong = ArrayField(models.PositiveIntegerField(), null=True)
    right = ArrayField(models.PositiveIntegerField(), null=True)
    none = ArrayField(models.PositiveIntegerField(), null=True)

    class Meta:
        constraints = [
            closed("state", STATES, name="teaching_replay_state"),
            matches("rule", r"^([A-Z][0-9]{1,3})?$", name="teaching_replay_rule"),
            matches("digest", r"^[0-9a-f]{12}$", name="teaching_replay_digest"),
            has_length("asked_by", 32, name="teaching_replay_asked_by"),
            models.UniqueConstraint(
                fields=["course", "rule", "asked_by"], name="teaching_replay_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="owed", due_at__isnull=False, draft=None)
                | models.Q(state="there", due_at=None, draft__isnull=False, until__isnull=False)
                | models.Q(state__in=("none", "failed"), due_at=None, draft=None),
                name="teaching_replay_owed_or_there",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="teaching_replay_due",
            ),
        ]

    def __str__(self) -> str:
        return f"replay of {self.rule or 'a new rule'}, {self.state}"
