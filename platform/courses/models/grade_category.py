"""How the grades of a course's tests add up to a course total."""

from __future__ import annotations

from django.db import models

from courses.models.course import Course
from courses.models.public_content import public_content

MOST_WEIGHT = 100


@public_content("id", "course", "title", "weight", "drop_lowest")
class GradeCategory(models.Model):
    """A group of graded tests that counts with a weight in the course total.

    The `drop_lowest` lowest grades of a learner do not count. A test names its category.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="grade_categories")
    title = models.CharField(max_length=80)
    weight = models.PositiveSmallIntegerField()
    drop_lowest = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["course", "title"], name="courses_gradecategory_title"),
            models.CheckConstraint(
                condition=models.Q(weight__range=(1, MOST_WEIGHT)),
                name="courses_gradecategory_weight",
            ),
        ]

    def __str__(self) -> str:
        return self.title
