"""Announcements of a course, the members they name, and who has opened or dismissed them.

Title and text are sealed under scope `course` of the author, who is a Teacher.
"""

from __future__ import annotations

import uuid

from django.db import models

from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, holds


@holds(
    subject="author",
    category="discussion",
    scope="course",
    columns={
        "id": CODE,
        "course": LINK,
        "author": LINK,
        "title_sealed": SEALED,
        "sealed": SEALED,
        "made_at": CLOCK,
        "edited_at": CLOCK,
        "shows_at": CLOCK,
        "mailed_at": CLOCK,
        "withdrawn_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class Announcement(models.Model):
    """One announcement to the Learners of a course, visible from `shows_at`.

    `mailed_at`: when its e-mails were queued. `withdrawn_at`: hidden, and deleted after ten minutes
    unless that is undone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(
        "courses.Course", on_delete=models.CASCADE, related_name="announcements"
    )
    author = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    title_sealed = models.BinaryField()
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    shows_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(shows_at__gte=models.F("made_at")),
                name="discussion_announcement_shows_at",
            ),
        ]
        indexes = [
            models.Index(fields=["course", "shows_at"], name="discussion_announcement_course"),
            models.Index(
                fields=["shows_at"],
                condition=models.Q(mailed_at=None, withdrawn_at=None),
                name="discussion_announcement_due",
            ),
            models.Index(
                fields=["withdrawn_at"],
                condition=models.Q(withdrawn_at__isnull=False),
                name="discussion_announcement_gone",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="person",
    category="discussion",
    scope="course",
    columns={"id": NUMBER, "announcement": LINK, "person": LINK, "number": NUMBER},
    erase=DELETE,
    retain=None,
)
class AnnouncementMention(models.Model):
    """A member named at place `number` of an announcement, whose text holds only the number."""

    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, related_name="mentions"
    )
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "person"], name="discussion_announcementmention_once"
            ),
        ]

    def __str__(self) -> str:
        return f"mention in {self.announcement_id}"


@holds(
    subject="person",
    category="discussion",
    scope="course",
    columns={
        "id": NUMBER,
        "announcement": LINK,
        "person": LINK,
        "at": CLOCK,
        "opened": NUMBER,
    },
    erase=DELETE,
    retain=None,
)
class AnnouncementRead(models.Model):
    """When a Learner opened or dismissed an announcement; `opened` is false if only dismissed."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="reads")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    opened = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "person"], name="discussion_announcementread_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} at {self.at:%Y-%m-%d}"
