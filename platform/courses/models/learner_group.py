"""Groups of the Learners of a course, and the dates of a unit that differ for a group."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower

from courses.models.course import Course
from courses.models.public_content import public_content
from courses.models.unit import Unit

LONGEST_NAME = 60


@public_content("id", "code", "course", "name", "deleted_at")
class LearnerGroup(models.Model):
    """A group of Learners; an Enrolment names its own, so a Learner is in one group per course.

    With `deleted_at` the group has no effect any more. For ten minutes it can be restored; then its
    people and dates are forgotten.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="learner_groups")
    name = models.CharField(max_length=LONGEST_NAME)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "course",
                Lower("name"),
                condition=models.Q(deleted_at=None),
                name="courses_learnergroup_name",
            ),
            # The target of the key by which an enrolment names a group of its own course.
            models.UniqueConstraint(fields=["id", "course"], name="courses_learnergroup_in_course"),
        ]

    def __str__(self) -> str:
        return self.name


@public_content("id", "group", "unit", "opens_at", "due_at")
class GroupDates(models.Model):
    """Dates of a unit for one group; a date that is None is the date of the class."""

    group = models.ForeignKey(LearnerGroup, on_delete=models.CASCADE, related_name="dates")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="group_dates")
    opens_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "unit"], name="courses_groupdates_once"),
            models.CheckConstraint(
                condition=models.Q(opens_at__isnull=False) | models.Q(due_at__isnull=False),
                name="courses_groupdates_differ",
            ),
            models.CheckConstraint(
                condition=models.Q(opens_at=None)
                | models.Q(due_at=None)
                | models.Q(opens_at__lt=models.F("due_at")),
                name="courses_groupdates_opens_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} for {self.group_id}"
