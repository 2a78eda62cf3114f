"""Attempts at tests, extra attempts or dates for one Learner, and overridden grades.

Answers and the reasons of Teachers are sealed under scope `course`.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import User
from courses.models.unit import Unit
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, closed, holds

TESTS = ("practice", "graded")


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "unit": LINK,
        "number": NUMBER,
        "scenario": CODE,
        "began_at": CLOCK,
        "ends_at": CLOCK,
        "handed_in_at": CLOCK,
        "reset_at": CLOCK,
        "contents": NUMBER,
        "answers_sealed": SEALED,
        "right": NUMBER,
        "out_of": NUMBER,
        "per_point": NUMBER,
        "unmarked": NUMBER,
    },
    erase=DELETE,
    retain=None,
    clock="began_at",
)
class Attempt(models.Model):
    """One attempt at a test. At `ends_at` it is handed in automatically (None = no end).

    `contents` are the QuestionContents at its beginning, in the order of its questions; publishing
    does not change them. While it runs its answers are in `answers_sealed`, ungraded; handing in
    makes Responses of them. An Attempt that a Teacher reset does not count, but is kept as a
    record.

    Its score is `right` of `out_of`, in whole parts of a point: `per_point` of them are one point.
    So thirds of a point add up exactly. It is final once no answer is `unmarked`; until then it is
    the points so far, and no grade follows from it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="attempts")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="taken")
    number = models.PositiveSmallIntegerField()
    scenario = models.CharField(max_length=8)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    handed_in_at = models.DateTimeField(null=True)
    reset_at = models.DateTimeField(null=True)
    contents = ArrayField(models.BigIntegerField(), default=list)
    answers_sealed = models.BinaryField(null=True)
    right = models.PositiveBigIntegerField(null=True)
    out_of = models.PositiveBigIntegerField(null=True)
    per_point = models.PositiveIntegerField(default=1)
    unmarked = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(per_point__gt=0), name="courses_attempt_per_point"
            ),
            closed("scenario", TESTS, name="courses_attempt_scenario"),
            models.UniqueConstraint(
                fields=["learner", "unit", "number"], name="courses_attempt_number"
            ),
            models.UniqueConstraint(
                fields=["learner", "unit"],
                condition=models.Q(handed_in_at=None, reset_at=None),
                name="courses_attempt_one_runs",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gt=models.F("began_at")),
                name="courses_attempt_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(handed_in_at=None, right=None, out_of=None, unmarked=0)
                | models.Q(
                    handed_in_at__isnull=False,
                    answers_sealed=None,
                    right__isnull=False,
                    out_of__isnull=False,
                    right__lte=models.F("out_of"),
                ),
                name="courses_attempt_handed_in",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=models.Q(handed_in_at=None, reset_at=None),
                name="courses_attempt_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_final(self) -> bool:
        """Return whether it was handed in and no answer waits for marks."""
        return self.handed_in_at is not None and self.unmarked == 0


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "unit": LINK,
        "by": LINK,
        "attempts": NUMBER,
        "due_at": CLOCK,
        "given_at": CLOCK,
        "undone_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
    clock="given_at",
)
class Extra(models.Model):
    """More attempts or a later date that a Teacher gave one Learner; the newest applies."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="extras")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="extras")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    given_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "unit"],
                condition=models.Q(undone_at=None),
                name="courses_extra_one_stands",
            ),
            models.CheckConstraint(
                condition=models.Q(attempts__gt=0) | models.Q(due_at__isnull=False),
                name="courses_extra_gives",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "unit": LINK,
        "by": LINK,
        "percent": NUMBER,
        "reason_sealed": SEALED,
        "made_at": CLOCK,
        "undone_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
    clock="made_at",
)
class GradeOverride(models.Model):
    """A grade that a Teacher set in place of the test's own, with a reason; the newest applies."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="overrides")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="overrides")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    percent = models.PositiveSmallIntegerField()
    reason_sealed = models.BinaryField()
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "unit"],
                condition=models.Q(undone_at=None),
                name="courses_gradeoverride_one_stands",
            ),
            models.CheckConstraint(
                condition=models.Q(percent__lte=100), name="courses_gradeoverride_percent"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
