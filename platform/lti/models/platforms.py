"""Learning platforms, and the courses and links there that lead to this site.

None of it is about people. A platform's own ids of courses and links name no person.
"""

from __future__ import annotations

import uuid
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import AGE_BANDS
from courses.models import Course, Unit
from data_inventory import CLOCK, CODE, LINK, NUMBER, PUBLIC, SEALED, closed, holds, matches

ADDRESS: Final = r"^https?://[!-~]+$"
# A platform's ids are opaque; the specification gives them at most 255 characters.
LONGEST_ID: Final = 255
LONGEST_ADDRESS: Final = 500


@holds(
    subject=None,
    category="learning platform",
    scope=None,
    columns={
        "id": CODE,
        "name": PUBLIC,
        "issuer": PUBLIC,
        "client_id": PUBLIC,
        "login_url": PUBLIC,
        "token_url": PUBLIC,
        "keys_url": PUBLIC,
        "audience": PUBLIC,
        "deployments": PUBLIC,
        "age_band": CODE,
        "active": NUMBER,
        "made_at": CLOCK,
    },
    erase=None,
    retain=None,
)
class LearningPlatform(models.Model):
    """One registration at a learning platform, such as a school's Moodle.

    `audience`: of requests for a token, if not the token URL itself. `age_band`: of the
    people who get an account by their first launch; empty = none of them gets one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=LONGEST_ADDRESS)
    client_id = models.CharField(max_length=LONGEST_ID)
    login_url = models.CharField(max_length=LONGEST_ADDRESS)
    token_url = models.CharField(max_length=LONGEST_ADDRESS)
    keys_url = models.CharField(max_length=LONGEST_ADDRESS)
    audience = models.CharField(max_length=LONGEST_ADDRESS, blank=True, default="")
    deployments = ArrayField(models.CharField(max_length=LONGEST_ID))
    age_band = models.CharField(max_length=8, blank=True, default="")
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "client_id"], name="lti_learningplatform_client"
            ),
            closed("age_band", ("", *AGE_BANDS), name="lti_learningplatform_age_band"),
            *(
                matches(each, ADDRESS, name=f"lti_learningplatform_{each}")
                for each in ("login_url", "token_url", "keys_url")
            ),
        ]

    def __str__(self) -> str:
        return self.name


@holds(
    subject=None,
    category="learning platform",
    scope=None,
    columns={
        "id": CODE,
        "platform": LINK,
        "deployment": PUBLIC,
        "context": PUBLIC,
        "title": PUBLIC,
        "course": LINK,
        "members_url": PUBLIC,
        "members_there": NUMBER,
        "members_read_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "seen_at": CLOCK,
    },
    erase=None,
    retain=None,
)
class PlatformCourse(models.Model):
    """A course of a platform (in LTI: a context), and the course here that it opens.

    Its id is unique in a deployment; links outside a course have an empty one. One course here may
    belong to many of them. `course` is empty until a Steward, or a person who teaches on both
    sides, has chosen it. `due_at`: when the worker reads its list of members next.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    platform = models.ForeignKey(
        LearningPlatform, on_delete=models.CASCADE, related_name="platform_courses"
    )
    deployment = models.CharField(max_length=LONGEST_ID)
    context = models.CharField(max_length=LONGEST_ID)
    title = models.CharField(max_length=200, blank=True, default="")
    course = models.ForeignKey(
        Course, on_delete=models.SET_NULL, null=True, related_name="platform_courses"
    )
    members_url = models.CharField(max_length=LONGEST_ADDRESS, blank=True, default="")
    members_there = models.PositiveIntegerField(null=True)
    members_read_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "deployment", "context"], name="lti_platformcourse_context"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.context


@holds(
    subject=None,
    category="learning platform",
    scope=None,
    columns={
        "id": CODE,
        "within": LINK,
        "link": PUBLIC,
        "unit": LINK,
        "line_item": PUBLIC,
        "seen_at": CLOCK,
    },
    erase=None,
    retain=None,
)
class PlatformLink(models.Model):
    """A link in a platform's course, and what it opens: a unit, or the course.

    `line_item`: the address to which the platform wants its grades, or "".
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    within = models.ForeignKey(PlatformCourse, on_delete=models.CASCADE, related_name="links")
    link = models.CharField(max_length=LONGEST_ID)
    unit = models.ForeignKey(
        Unit, on_delete=models.SET_NULL, null=True, related_name="platform_links"
    )
    line_item = models.CharField(max_length=LONGEST_ADDRESS, blank=True, default="")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["within", "link"], name="lti_platformlink_link"),
        ]

    def __str__(self) -> str:
        return self.link


@holds(
    subject=None,
    category="security",
    scope=None,
    columns={"id": CODE, "private_sealed": SEALED, "public": PUBLIC, "made_at": CLOCK},
    erase=None,
    retain=None,
)
class ToolKey(models.Model):
    """A key pair by which this site proves to platforms who calls them; the newest signs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    private_sealed = models.BinaryField()
    public = models.JSONField()
    made_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"key made {self.made_at:%Y-%m-%d}"
