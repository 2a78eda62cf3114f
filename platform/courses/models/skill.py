"""Skills, their prerequisites, links between skills of two courses, and misconceptions."""

from __future__ import annotations

import uuid

from django.db import models

from courses.models.course import Course
from courses.models.public_content import public_content
from data_inventory import closed

LINKS = ("same", "part", "extends", "applies", "prerequisite")


@public_content("id", "code", "course", "ref", "slug", "name", "description", "description_html")
class Skill(models.Model):
    """One skill of a course. `ref` is its raw name in the package, `slug` its name in URLs."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="skills")
    ref = models.CharField(max_length=200)
    slug = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    description_html = models.TextField(blank=True)
    prerequisites = models.ManyToManyField(
        "self", symmetrical=False, through="SkillPrerequisite", related_name="dependents"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "ref"], name="courses_skill_ref"),
            models.UniqueConstraint(fields=["course", "slug"], name="courses_skill_slug"),
        ]

    def __str__(self) -> str:
        return self.slug


@public_content("id", "skill", "needs")
class SkillPrerequisite(models.Model):
    """`needs` must be learnt before `skill`."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="needed")
    needs = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="leads_to")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["skill", "needs"], name="courses_prerequisite_pair"),
            models.CheckConstraint(
                condition=~models.Q(skill=models.F("needs")), name="courses_prerequisite_self"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} needs {self.needs_id}"


@public_content("id", "skill", "other", "relation")
class SkillLink(models.Model):
    """`other`, of another course, relates to `skill` so that its questions give practice."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="links")
    other = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="linked_from")
    relation = models.CharField(max_length=12)

    class Meta:
        constraints = [
            closed("relation", LINKS, name="courses_skilllink_relation"),
            models.UniqueConstraint(fields=["skill", "other"], name="courses_skilllink_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.skill_id} {self.relation} {self.other_id}"


@public_content("id", "course", "slug", "description")
class Misconception(models.Model):
    """A misconception that wrong choices and expected wrong replies point to."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="misconceptions")
    slug = models.CharField(max_length=120)
    description = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="courses_misconception_slug"),
        ]

    def __str__(self) -> str:
        return self.slug
