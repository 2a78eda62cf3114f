"""Notes for the authors of a unit: what to say otherwise when it is recorded again.

The text is sealed under scope `course` of the Teacher who wrote it, and goes with their account.
"""

from __future__ import annotations

import uuid

from django.db import models

from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, holds


@holds(
    subject="author",
    category="lesson note",
    scope="course",
    columns={
        "id": CODE,
        "unit": LINK,
        "author": LINK,
        "at_s": NUMBER,
        "sealed": SEALED,
        "made_at": CLOCK,
        "done_at": CLOCK,
    },
    erase=DELETE,
    retain="365d",
    clock="made_at",
)
class RecordingNote(models.Model):
    """One note about second `at_s` of a video, or about a whole unit; `done_at` = dealt with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey("courses.Unit", on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    at_s = models.FloatField(null=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(at_s=None) | models.Q(at_s__gte=0),
                name="teaching_recordingnote_at",
            ),
        ]
        indexes = [models.Index(fields=["unit", "-made_at"], name="teaching_recordingnote_unit")]

    def __str__(self) -> str:
        return str(self.id)
