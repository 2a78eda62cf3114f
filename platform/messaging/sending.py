"""Send a message to Learners, undo that for ten minutes while it is unread, and reply in a thread.

A message is in Attune at once. Its e-mails are due ten minutes later, so that undoing stops them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

import push
from accounts.models import User
from courses.models import Course, Question, Skill, Unit
from discussion.posts.post_store import AlreadySent, Unsendable, check_text
from messaging import conversations, message_mails, message_text
from messaging.card import MessageCard
from messaging.models import Conversation, ConversationReply, TeacherMessage

UNDO_WITHIN: Final = timedelta(minutes=10)
# A Teacher's messages in an hour, each to any number of Learners.
MOST_AN_HOUR: Final = 30
HOUR: Final = timedelta(hours=1)
# Columns of a message that hold what the form holds besides its text and link.
ATTACHED: Final = ("start", "unit", "begin_s", "end_s", "question", "skill")
GONE: Final = gettext_noop("This message no longer exists.")


@dataclass(frozen=True, slots=True)
class MessageContent:
    """What a Teacher wrote and attached."""

    text: str
    start: str
    link: str = ""
    unit: Unit | None = None
    begin_s: float | None = None
    end_s: float | None = None
    question: Question | None = None
    skill: Skill | None = None


@dataclass(frozen=True, slots=True)
class UndoneMessage:
    """How many threads were removed, and how many had been opened and stay."""

    removed: int
    kept: int


@transaction.atomic
def send(
    course: Course,
    author: User,
    content: MessageContent,
    people: Collection[User],
    *,
    id: UUID,
    audience: str,
    card: MessageCard | None,
    now: datetime,
) -> TeacherMessage:
    """Start one thread with each of these Learners; return the message if it was sent before.

    Raises Unsendable, and AlreadySent if another message was sent under this id.
    """
    check_text(content.text)
    people = _lock_recipients(people)
    row, made = _write(course, author, content, id=id, audience=audience, now=now)
    if not made:
        return _require_same(row, course, author, content, people)
    _require_allowed(author, people, now)
    Conversation.objects.bulk_create(
        Conversation(message=row, learner=person, last_at=now, **_reason_of(card, person))
        for person in people
    )
    message_mails.queue_for(people, now=now, due_at=now + UNDO_WITHIN)
    push.notify_each([_hint(person) for person in people])
    return row


@transaction.atomic
def undo(course: Course, author: User, id: UUID, *, now: datetime) -> UndoneMessage:
    """Remove the message from each Learner who has not opened it. Raises Unsendable.

    A thread in which a co-teacher replied stays, so that no reply is lost.
    """
    rows = TeacherMessage.objects.select_for_update().filter(id=id, course=course, author=author)
    row = rows.filter(made_at__gt=now - UNDO_WITHIN).first()
    if row is None:
        raise Unsendable(_("Sending was undone before, or the ten minutes are over."))
    # Locked first, so that opening or answering one meanwhile waits and finds it gone or kept.
    unread = [each.pk for each in row.conversations.select_for_update().filter(read_at=None)]
    removed = Conversation.objects.filter(pk__in=unread, replies=None).delete()[1]
    kept = row.conversations.count()
    if not kept:
        row.delete()
    return UndoneMessage(removed.get("messaging.Conversation", 0), kept)


@transaction.atomic
def reply(
    row: Conversation, author: User, *, by_learner: bool, id: UUID, text: str, now: datetime
) -> ConversationReply:
    """Add a reply; return the existing one if sent again.

    Raises Unsendable, and AlreadySent if the reply of this id has another text.
    """
    check_text(text)
    if Conversation.objects.select_for_update().filter(pk=row.pk).first() is None:
        raise Unsendable(_(GONE))
    kept, named = message_text.without_names(row.message.course, author, text)
    sent = ConversationReply.objects.filter(id=id).first()
    if sent is not None:
        if (sent.conversation_id, sent.author_id) != (row.pk, author.pk):
            raise Unsendable(_(GONE))
        if message_text.read_reply(sent) != kept:
            raise AlreadySent
        return sent
    require_open(row, by_learner=by_learner)
    made = ConversationReply.objects.create(
        id=id,
        conversation=row,
        author=author,
        by_learner=by_learner,
        sealed=message_text.seal_reply(id, author, kept, now=now),
        made_at=now,
    )
    message_text.store_mentions(named, reply=made)
    Conversation.objects.filter(pk=row.pk).update(last_at=now)
    conversations.mark_opened(row, by_learner=by_learner, now=now)
    if not by_learner:
        message_mails.queue_for([row.learner], now=now, due_at=now)
        push.notify_each([_hint(row.learner)])
    return made


def require_open(row: Conversation, *, by_learner: bool) -> None:
    """Raise Unsendable if the Learner switched messages off: then neither side writes."""
    if row.learner.teacher_messages != "off":
        return
    if by_learner:
        raise Unsendable(
            _("Messages from teachers are switched off. Switch them on before you reply.")
        )
    raise Unsendable(_("This learner has switched off messages from teachers."))


def _hint(person: User) -> tuple[str, dict[str, object]]:
    """Return the hint to a Learner's open pages; they read the rest on the page of messages."""
    return f"learner.{person.code}", {"type": "message.sent"}


def _lock_recipients(people: Collection[User]) -> list[User]:
    """Return those who still take messages; an erasure or a new choice waits for the commit."""
    rows = User.objects.select_for_update(no_key=True).filter(is_active=True)
    found = rows.filter(pk__in=[person.pk for person in people]).order_by("pk")
    return [person for person in found if person.teacher_messages != "off"]


def _require_same(
    sent: TeacherMessage,
    course: Course,
    author: User,
    content: MessageContent,
    people: Collection[User],
) -> TeacherMessage:
    """Return the message if it is this one: the same content for the same Learners."""
    if (sent.course_id, sent.author_id) != (course.pk, author.pk):
        raise Unsendable(_(GONE))
    kept, _named = message_text.without_names(course, author, content.text)
    got = set(sent.conversations.values_list("learner", flat=True))
    same = message_text.read_message(sent) == (kept, content.link)
    same = same and all(getattr(sent, name) == getattr(content, name) for name in ATTACHED)
    if not same or got != {person.pk for person in people}:
        raise AlreadySent
    return sent


def _require_allowed(author: User, people: Collection[User], now: datetime) -> None:
    """Raise Unsendable without a recipient, or if this message is one too many in an hour."""
    if not people:
        raise Unsendable(_("Choose at least one learner who takes messages from teachers."))
    recent = TeacherMessage.objects.filter(author=author, made_at__gt=now - HOUR)
    if recent.count() > MOST_AN_HOUR:
        words = _("You have sent {n} messages in the last hour. Wait before you send another one.")
        raise Unsendable(words.format(n=MOST_AN_HOUR))


def _write(
    course: Course, author: User, content: MessageContent, *, id: UUID, audience: str, now: datetime
) -> tuple[TeacherMessage, bool]:
    """Store the message; return it, and False if there is one with this id."""
    kept, named = message_text.without_names(course, author, content.text)
    fields = {
        "course": course,
        "author": author,
        "audience": audience,
        "sealed": message_text.seal_message(id, author, kept, content.link, now=now),
        "made_at": now,
        **{name: getattr(content, name) for name in ATTACHED},
    }
    row, made = TeacherMessage.objects.get_or_create(id=id, defaults=fields)
    if made:
        message_text.store_mentions(named, message=row)
    return row, made


def _reason_of(card: MessageCard | None, person: User) -> dict[str, Any]:
    if card is None or person.code not in card.who:
        return {}
    return {"reason": card.kind, "about": card.about}
