"""Messages from Teachers to single Learners, the replies, and a Teacher's own templates.

All typed text is sealed under scope `course` of its author. A text holds `{name}` for its reader
and numbers for other members; `MessageMention` says who they are.
"""

from __future__ import annotations

import uuid
from typing import Final

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from courses.models import Course, Question, Skill, Unit
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, closed, holds
from messaging.erasure import forget_conversations, forget_messages, forget_replies
from teaching.dashboard.need import KINDS

# Chosen by how the Teacher picked the Learners.
AUDIENCES: Final = ("picked", "card", "group", "class")
STARTS: Final = ("look_again", "refresher", "office_hours", "own_words")


@holds(
    subject="author",
    category="message",
    scope="course",
    columns={
        "id": CODE,
        "course": LINK,
        "author": LINK,
        "audience": CODE,
        "start": CODE,
        "sealed": SEALED,
        "unit": LINK,
        "begin_s": NUMBER,
        "end_s": NUMBER,
        "question": LINK,
        "skill": LINK,
        "made_at": CLOCK,
    },
    erase=forget_messages,
    retain="365d",
    clock="made_at",
)
class TeacherMessage(models.Model):
    """One text of a Teacher, read by each Learner in a Conversation of their own.

    `unit` with `begin_s` and `end_s`: a part of a video. `skill`: the refresher. Without `sealed`
    its author's account is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    audience = models.CharField(max_length=6)
    start = models.CharField(max_length=12)
    sealed = models.BinaryField(null=True)
    unit = models.ForeignKey(Unit, on_delete=models.SET_NULL, null=True, related_name="+")
    begin_s = models.FloatField(null=True)
    end_s = models.FloatField(null=True)
    question = models.ForeignKey(Question, on_delete=models.SET_NULL, null=True, related_name="+")
    skill = models.ForeignKey(Skill, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            closed("audience", AUDIENCES, name="messaging_teachermessage_audience"),
            closed("start", STARTS, name="messaging_teachermessage_start"),
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(sealed=None),
                name="messaging_teachermessage_nobody_s_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(begin_s=None, end_s=None) | Q(begin_s__gte=0, end_s__gt=F("begin_s")),
                name="messaging_teachermessage_part",
            ),
        ]
        indexes = [
            models.Index(fields=["course", "-made_at"], name="messaging_message_course"),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="learner",
    category="message",
    scope="course",
    columns={
        "id": CODE,
        "message": LINK,
        "learner": LINK,
        "reason": CODE,
        "about": CODE,
        "read_at": CLOCK,
        "last_at": CLOCK,
    },
    erase=forget_conversations,
    retain="365d",
    clock="message__made_at",
)
class Conversation(models.Model):
    """One Learner's thread with the Teachers of a course: a message and the replies to it.

    `reason` and `about`: what the Learner did that the card on the page Now showed, and the
    question or unit. `read_at`: when the Learner first opened it. `last_at`: its latest text.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(
        TeacherMessage, on_delete=models.CASCADE, related_name="conversations"
    )
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=8, blank=True)
    about = models.UUIDField(null=True)
    read_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            closed("reason", ("", *KINDS), name="messaging_conversation_reason"),
            models.UniqueConstraint(
                fields=["message", "learner"], name="messaging_conversation_once"
            ),
            models.CheckConstraint(
                condition=Q(reason="", about=None) | (~Q(reason="") & Q(about__isnull=False)),
                name="messaging_conversation_about",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "-last_at"], name="messaging_conversation_last"),
            models.Index(
                fields=["about"],
                condition=Q(about__isnull=False),
                name="messaging_conversation_card",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="author",
    category="message",
    scope="course",
    columns={
        "id": CODE,
        "conversation": LINK,
        "author": LINK,
        "by_learner": NUMBER,
        "sealed": SEALED,
        "made_at": CLOCK,
        "seen_at": CLOCK,
    },
    erase=forget_replies,
    retain="365d",
    clock="conversation__message__made_at",
)
class ConversationReply(models.Model):
    """One reply of the Learner or of a Teacher; `seen_at`: when the other side opened it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="replies")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    by_learner = models.BooleanField()
    sealed = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(sealed=None),
                name="messaging_conversationreply_nobody_s_is_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "made_at"], name="messaging_reply_conversation"),
        ]

    def __str__(self) -> str:
        return str(self.id)


@holds(
    subject="person",
    category="message",
    scope="course",
    columns={"id": NUMBER, "message": LINK, "reply": LINK, "person": LINK, "number": NUMBER},
    erase=DELETE,
    retain=None,
    # Only who reads a thread may know who else is named in it.
    export=False,
)
class MessageMention(models.Model):
    """A member named at place `number` of a message or a reply, whose text holds the number."""

    message = models.ForeignKey(
        TeacherMessage, on_delete=models.CASCADE, null=True, related_name="mentions"
    )
    reply = models.ForeignKey(
        ConversationReply, on_delete=models.CASCADE, null=True, related_name="mentions"
    )
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(message=None, reply__isnull=False)
                | Q(message__isnull=False, reply=None),
                name="messaging_messagemention_one_text",
            ),
            models.UniqueConstraint(
                fields=["message", "person"], name="messaging_messagemention_message"
            ),
            models.UniqueConstraint(
                fields=["reply", "person"], name="messaging_messagemention_reply"
            ),
        ]

    def __str__(self) -> str:
        return f"mention {self.number}"


@holds(
    subject="author",
    category="message",
    scope="course",
    columns={"id": CODE, "author": LINK, "sealed": SEALED, "made_at": CLOCK},
    erase=DELETE,
    retain=None,
)
class MessageTemplate(models.Model):
    """A text that a Teacher saved to start messages from; names of Learners are `{name}` in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="message_templates")
    sealed = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)
