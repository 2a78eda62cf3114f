"""The Course model: its texts, language, licence and authors."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from courses.models.public_content import public_content
from data_inventory import matches


@public_content(
    "id",
    "code",
    "slug",
    "title",
    "description",
    "language",
    "level",
    "minutes",
    "authors",
    "sections",
    "licence_name",
    "licence_url",
    "attribution",
    "imported_at",
    "preview_of",
    "invite",
    "invite_until",
)
class Course(models.Model):
    """One course. `attribution` is shown on each of its pages, as the licence requires.

    A course with `preview_of` is the draft of that course as its Author previews it; it appears in
    no list. Anyone who knows `invite` may join until `invite_until`. `sections` is a list of {id,
    title}; a unit names its own. Without sections, each video begins a lesson.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    language = models.CharField(max_length=20, default="en")
    level = models.CharField(max_length=20, blank=True)
    minutes = models.PositiveIntegerField(null=True)
    authors = ArrayField(models.CharField(max_length=200), default=list)
    sections = models.JSONField(default=list)
    licence_name = models.CharField(max_length=80, blank=True)
    licence_url = models.CharField(max_length=300, blank=True)
    attribution = models.TextField(blank=True)
    imported_at = models.DateTimeField(null=True)
    preview_of = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="previews"
    )
    invite = models.UUIDField(null=True, unique=True)
    invite_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            matches("slug", r"^[a-z0-9]+(-[a-z0-9]+)*$", name="courses_course_slug"),
            models.CheckConstraint(
                condition=models.Q(invite=None, invite_until=None)
                | models.Q(invite__isnull=False, invite_until__isnull=False),
                name="courses_course_invite",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
