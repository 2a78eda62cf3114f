"""A Version: a whole course as its package, either a draft step or a published version."""

from __future__ import annotations

import uuid
from typing import Final

from django.db import models

from courses.models import Course
from data_inventory import CLOCK, CODE, DIGEST, LINK, NUMBER, PUBLIC, closed, has_length, holds

STATES: Final = ("draft", "published")
CAUSES: Final = ("found", "edited", "imported", "back", "undone")
LONGEST_NOTE: Final = 200


@holds(
    subject=None,
    category="content",
    scope=None,
    columns={
        "id": CODE,
        "course": LINK,
        "number": NUMBER,
        "revision": NUMBER,
        "state": CODE,
        "cause": CODE,
        "package": PUBLIC,
        "made_at": CLOCK,
        "author": DIGEST,
        "note": PUBLIC,
    },
    erase=None,
    retain=None,
)
class Version(models.Model):
    """`package` is the content of course.json.

    A published version has a `number` and is never changed. The steps of a draft have number 0 and
    a `revision`; revision 0 is the course as it was when the draft began. `author` is the audit
    reference of a person; null = the course was found in this state.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=9)
    cause = models.CharField(max_length=8)
    package = models.JSONField()
    made_at = models.DateTimeField()
    author = models.BinaryField(null=True)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)

    class Meta:
        constraints = [
            closed("state", STATES, name="authoring_version_state"),
            closed("cause", CAUSES, name="authoring_version_cause"),
            has_length("author", 32, name="authoring_version_author"),
            models.UniqueConstraint(
                fields=["course", "state", "number", "revision"], name="authoring_version_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", number=0)
                | models.Q(state="published", number__gt=0, revision=0),
                name="authoring_version_numbers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.number or self.revision} of {self.course_id}"
