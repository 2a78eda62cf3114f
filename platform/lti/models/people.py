"""People who come from a learning platform, and the grades that are sent back about them."""

from __future__ import annotations

import uuid
from typing import Final

from django.db import models

from accounts.models import User
from accounts.sign_in.models import HEX_64
from data_inventory import CLOCK, CODE, DELETE, DIGEST, LINK, NUMBER, SEALED, holds, matches
from lti.models.platforms import LearningPlatform, PlatformCourse, PlatformLink

FULL_PERCENT: Final = 100


@holds(
    subject="person",
    category="identity",
    scope="identity",
    columns={
        "id": CODE,
        "person": LINK,
        "platform": LINK,
        "subject_digest": DIGEST,
        "subject_sealed": SEALED,
        "linked": NUMBER,
        "gave_teacher": NUMBER,
        "made_at": CLOCK,
        "used_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class PlatformAccount(models.Model):
    """A person's account at a platform.

    It is found by a keyed digest of issuer and subject. The subject itself is sealed: grades name
    it to the platform. `linked`: the person had the account here before. `gave_teacher`: the role
    teacher here comes from this row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="platform_accounts")
    platform = models.ForeignKey(
        LearningPlatform, on_delete=models.CASCADE, related_name="accounts"
    )
    subject_digest = models.CharField(max_length=64)
    subject_sealed = models.BinaryField()
    linked = models.BooleanField(default=False)
    gave_teacher = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "subject_digest"], name="lti_platformaccount_subject"
            ),
            models.UniqueConstraint(
                fields=["platform", "person"], name="lti_platformaccount_person"
            ),
            matches("subject_digest", HEX_64, name="lti_platformaccount_subject_digest"),
        ]

    def __str__(self) -> str:
        return f"account since {self.made_at:%Y-%m-%d}"


@holds(
    subject="account__person",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "account": LINK,
        "within": LINK,
        "teaches": NUMBER,
        "enrolled": NUMBER,
        "seen_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class PlatformMember(models.Model):
    """A person's membership in a platform's course, as the platform stated it last.

    `enrolled`: it made them a member of the course here, so its end ends that too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(PlatformAccount, on_delete=models.CASCADE, related_name="members")
    within = models.ForeignKey(PlatformCourse, on_delete=models.CASCADE, related_name="members")
    teaches = models.BooleanField()
    enrolled = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "within"], name="lti_platformmember_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="account__person",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "account": LINK,
        "link": LINK,
        "checked_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
    },
    erase=DELETE,
    retain=None,
    clock="checked_at",
)
class LinkedGrade(models.Model):
    """A Learner opened a link that gets grades: `due_at` is when the worker compares them next.

    `tries` counts calls that failed since the last success.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(PlatformAccount, on_delete=models.CASCADE, related_name="grades")
    link = models.ForeignKey(PlatformLink, on_delete=models.CASCADE, related_name="grades")
    checked_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "link"], name="lti_linkedgrade_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="person",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "person": LINK,
        "account": LINK,
        "link": LINK,
        "percent": NUMBER,
        "waits": NUMBER,
        "sent_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class SentGrade(models.Model):
    """What a platform has now about a test; it stays there when the account here is erased.

    An erasure deletes the row, so the certificate counts it. `account` is empty after the person
    removed the link to the platform. `percent` is empty after a grade was withdrawn, and while
    answers wait for marks. These rows count too: the platform still has that a test was taken.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sent_grades")
    account = models.ForeignKey(
        PlatformAccount, on_delete=models.SET_NULL, null=True, related_name="sent_grades"
    )
    link = models.ForeignKey(PlatformLink, on_delete=models.CASCADE, related_name="sent_grades")
    percent = models.PositiveSmallIntegerField(null=True)
    waits = models.BooleanField(default=False)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "link"], name="lti_sentgrade_once"),
            models.CheckConstraint(
                condition=models.Q(percent=None) | models.Q(percent__lte=FULL_PERCENT),
                name="lti_sentgrade_percent",
            ),
            models.CheckConstraint(
                condition=models.Q(waits=False) | models.Q(percent=None),
                name="lti_sentgrade_waits",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
