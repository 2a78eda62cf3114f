"""Threads of a Unit's discussion, their posts, mentions, reports, marks and read times.

All typed text is sealed under scope `course` of its author. A row without an author is a
placeholder for the replies to it, and holds no personal data.
"""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import User
from courses.models import LearnerGroup, Unit
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, closed, holds
from discussion.announcements.models import Announcement as Announcement
from discussion.announcements.models import AnnouncementMention as AnnouncementMention
from discussion.announcements.models import AnnouncementRead as AnnouncementRead
from discussion.erasure import forget_posts, forget_threads

# Why a Teacher hid a post: chosen and not typed, so it can be stored unsealed.
HIDDEN_WHY = ("answer", "unkind", "private", "elsewhere")


@holds(
    subject="author",
    category="discussion",
    scope="course",
    columns={
        "id": CODE,
        "unit": LINK,
        "group": LINK,
        "author": LINK,
        "title_sealed": SEALED,
        "made_at": CLOCK,
        "time_s": NUMBER,
        "pinned": NUMBER,
        "locked": NUMBER,
        "version": NUMBER,
    },
    erase=forget_threads,
    retain=None,
)
class Thread(models.Model):
    """One question or remark with its replies.

    `version` grows with each change that a reader can see. `time_s`: the moment of the Unit's video
    it is about. With a `group` only its Learners and the Teachers can read it, and once the group
    is deleted only the Teachers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="threads")
    group = models.ForeignKey(
        LearnerGroup, on_delete=models.RESTRICT, null=True, related_name="threads"
    )
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    title_sealed = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    time_s = models.FloatField(null=True)
    pinned = models.BooleanField(default=False)
    locked = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(time_s=None) | models.Q(time_s__gte=0),
                name="discussion_thread_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="author",
    category="discussion",
    scope="course",
    columns={
        "id": CODE,
        "thread": LINK,
        "author": LINK,
        "opens": NUMBER,
        "accepted": NUMBER,
        "sealed": SEALED,
        "made_at": CLOCK,
        "edited_at": CLOCK,
        "deleted_at": CLOCK,
        "hidden_at": CLOCK,
        "hidden_why": CODE,
    },
    erase=forget_posts,
    retain=None,
)
class Post(models.Model):
    """One text of a thread.

    `opens`: the first post of its Thread. `accepted`: the accepted answer. Without `sealed` its
    text or its author was deleted. `deleted_at` with `sealed`: can still be restored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="posts")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    opens = models.BooleanField(default=False)
    accepted = models.BooleanField(default=False)
    sealed = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_why = models.CharField(max_length=9, blank=True)

    class Meta:
        constraints = [
            closed("hidden_why", ("", *HIDDEN_WHY), name="discussion_post_hidden_why"),
            models.UniqueConstraint(
                fields=["thread"], condition=models.Q(opens=True), name="discussion_post_opens"
            ),
            models.UniqueConstraint(
                fields=["thread"],
                condition=models.Q(accepted=True),
                name="discussion_post_accepted",
            ),
            models.CheckConstraint(
                condition=models.Q(author__isnull=False) | models.Q(sealed=None),
                name="discussion_post_nobody_s_is_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["thread", "made_at"], name="discussion_post_thread"),
            models.Index(
                fields=["deleted_at"],
                condition=models.Q(deleted_at__isnull=False, sealed__isnull=False),
                name="discussion_post_deleted",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="person",
    category="discussion",
    scope="course",
    columns={
        "id": NUMBER,
        "post": LINK,
        "person": LINK,
        "number": NUMBER,
        "called": NUMBER,
        "seen_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class Mention(models.Model):
    """A member named at place `number` of a post, whose text holds only the number.

    `called`: named with an @, so they get a notification.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    called = models.BooleanField(default=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "person"], name="discussion_mention_once"),
        ]

    def __str__(self) -> str:
        return f"mention in {self.post_id}"


@holds(
    subject="by",
    category="discussion",
    scope="course",
    columns={
        "id": CODE,
        "post": LINK,
        "by": LINK,
        "sealed": SEALED,
        "at": CLOCK,
        "handled_at": CLOCK,
        "handled_by": LINK,
    },
    erase=DELETE,
    retain=None,
)
class Flag(models.Model):
    """One member's report of a post, with a reason. Teachers see the reason, not the reporter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="flags")
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "by"], name="discussion_flag_once"),
        ]

    def __str__(self) -> str:
        return f"report of {self.post_id}"


@holds(
    subject="person",
    category="discussion",
    scope="course",
    columns={"id": NUMBER, "flag": LINK, "person": LINK, "number": NUMBER},
    erase=DELETE,
    retain=None,
    # Only the course's Teachers may know who was named in which report.
    export=False,
)
class FlagMention(models.Model):
    """A member named at place `number` of the reason of a report."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag", "person"], name="discussion_flagmention_once"),
        ]

    def __str__(self) -> str:
        return f"mention in {self.flag_id}"


@holds(
    subject="person",
    category="discussion",
    scope="course",
    columns={"id": NUMBER, "post": LINK, "person": LINK},
    erase=DELETE,
    retain=None,
)
class Helpful(models.Model):
    """A member's mark: "same question" on a first post, "helpful" on a reply."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="helpful")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "person"], name="discussion_helpful_once"),
        ]

    def __str__(self) -> str:
        return f"mark on {self.post_id}"


@holds(
    subject="person",
    category="discussion",
    scope="course",
    columns={"id": NUMBER, "thread": LINK, "person": LINK, "at": CLOCK},
    erase=DELETE,
    retain=None,
)
class ThreadRead(models.Model):
    """When a member last read a Thread; used for their own count of new posts."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="seen")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "person"], name="discussion_threadread_once"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} at {self.at:%Y-%m-%d}"
