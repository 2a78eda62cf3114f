"""How full a page of a course looks, as its Author saw it in the preview."""

from __future__ import annotations

import uuid

from django.db import models

from courses.models import Course
from data_inventory import CLOCK, CODE, LINK, PUBLIC, holds


@holds(
    subject=None,
    category="content",
    scope=None,
    columns={"id": CODE, "course": LINK, "unit": PUBLIC, "measures": PUBLIC, "measured_at": CLOCK},
    erase=None,
    retain=None,
)
class PageLayout(models.Model):
    """The measures of one unit's page; `unit` is its name in the package, drafts included.

    They describe the page alone: nothing says who opened it, and no Learner's page is measured.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="page_layouts")
    unit = models.CharField(max_length=120)
    measures = models.JSONField()
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "unit"], name="authoring_pagelayout_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} of {self.course_id}"
