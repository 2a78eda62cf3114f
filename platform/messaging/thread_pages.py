"""Threads as pages show them: to the Learner, to the Teachers, and in the lists of both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.safestring import SafeString

from accounts.models import User
from courses.models import Course
from discussion.posts.member_names import Faces, MemberFace
from messaging import attachments, card_history, message_text, reasons
from messaging.models import Conversation, ConversationReply, TeacherMessage
from messaging.sending import UNDO_WITHIN
from vault.errors import KeyDestroyed

MOST_SENT: Final = 10


@dataclass(frozen=True, slots=True)
class ConversationText:
    """One text of a thread; without `html` its author's account is gone."""

    id: UUID
    who: MemberFace
    html: SafeString
    at: datetime
    own: bool


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """A thread in full. `learner`: the Learner; `off`: they switched messages off."""

    course: Course
    learner: MemberFace
    code: UUID
    who: MemberFace
    posts: tuple[ConversationText, ...]
    links: Sequence[attachments.AttachedLink]
    why: str
    reason: str
    off: bool


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """A thread in a list. `who`: the other side."""

    id: UUID
    who: MemberFace
    course: Course
    excerpt: str
    reason: str
    at: datetime
    new: bool


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message in the Teachers' list; `undo`: it is one's own and not ten minutes old."""

    id: UUID
    who: str
    at: datetime
    excerpt: str
    n: int
    followed: str
    undo: bool


def load_thread(row: Conversation, reader: User) -> ConversationPage:
    """Return a thread as its Learner or a Teacher reads it."""
    faces = Faces(row.message.course)
    learner = faces.face_of(row.learner)
    places = reasons.load_places([row.about])
    text, link = _message_of(row.message)
    mine = row.learner_id == reader.pk
    return ConversationPage(
        course=row.message.course,
        learner=learner,
        code=row.learner.code,
        who=faces.face_of(row.message.author),
        posts=tuple(_posts(row, text, faces, learner.name, reader)),
        links=attachments.links_of(row.message, link, row.learner),
        why=reasons.reason_for_learner(row.reason, row.about, places) if mine else "",
        reason="" if mine else reasons.reason_for_teacher(row.reason, row.about, places),
        off=row.learner.teacher_messages == "off",
    )


def lines_for_learner(
    rows: Sequence[Conversation], new: Collection[Conversation]
) -> list[ConversationLine]:
    """Return the lines of a Learner's inbox."""
    faces: dict[int, Faces] = {}
    latest = _latest(rows)
    return [
        _line(row, of.face_of(row.message.author), of, latest.get(row.pk), "", row in new)
        for row in rows
        for of in [faces.setdefault(row.message.course_id, Faces(row.message.course))]
    ]


def lines_for_teacher(course: Course, rows: Sequence[Conversation]) -> list[ConversationLine]:
    """Return the lines of the Teachers' list; rows are marked with `unread`."""
    faces, latest = Faces(course), _latest(rows)
    places = reasons.load_places(row.about for row in rows)
    return [
        _line(
            row,
            faces.face_of(row.learner),
            faces,
            latest.get(row.pk),
            reasons.reason_for_teacher(row.reason, row.about, places),
            bool(getattr(row, "unread", False)),
        )
        for row in rows
    ]


def load_sent(
    course: Course, threads: QuerySet[Conversation], teacher: User, *, now: datetime
) -> list[SentMessage]:
    """Return the latest messages to present Learners with what followed them, newest first."""
    rows = TeacherMessage.objects.filter(
        Exists(threads.filter(message=OuterRef("pk"))), course=course
    )
    found = rows.select_related("author").prefetch_related("mentions__person")
    messages = list(found.order_by("-made_at")[:MOST_SENT])
    sent = threads.filter(message__in=messages).order_by().values_list("message")
    counts = dict(sent.annotate(Count("pk")))
    followed, faces = card_history.load_follow_ups(course, threads, messages), Faces(course)
    return [
        SentMessage(
            id=row.id,
            who=card_history.teacher_name(faces, row.author),
            at=row.made_at,
            excerpt=message_text.excerpt_for(
                _message_of(row)[0], faces.names(row.mentions.all()), message_text.NAME
            ),
            n=counts[row.pk],
            followed=card_history.describe_follow_up(followed.get(row.pk)),
            undo=row.author_id == teacher.pk and row.made_at > now - UNDO_WITHIN,
        )
        for row in messages
    ]


def _posts(
    row: Conversation, text: str, faces: Faces, name: str, reader: User
) -> Iterator[ConversationText]:
    """Yield the message and the replies, in the order in which they were written."""
    message = row.message
    names = faces.names(message.mentions.all())
    html = message_text.html_for(text, names, name)
    own = message.author_id == reader.pk
    yield ConversationText(message.id, faces.face_of(message.author), html, message.made_at, own)
    replies = row.replies.select_related("author").prefetch_related("mentions__person")
    for each in replies.order_by("made_at", "pk"):
        html = message_text.html_for(_reply_of(each), faces.names(each.mentions.all()), name)
        own = each.author_id == reader.pk
        yield ConversationText(each.id, faces.face_of(each.author), html, each.made_at, own)


def _latest(rows: Sequence[Conversation]) -> dict[UUID, ConversationReply]:
    """Return the latest reply of each thread."""
    replies = ConversationReply.objects.filter(conversation__in=rows)
    newest = replies.order_by("conversation", "-made_at", "-pk").distinct("conversation")
    found = newest.select_related("author").prefetch_related("mentions__person")
    return {each.conversation_id: each for each in found}


def _line(
    row: Conversation,
    who: MemberFace,
    faces: Faces,
    latest: ConversationReply | None,
    reason: str,
    new: bool,
) -> ConversationLine:
    text = _reply_of(latest) if latest else _message_of(row.message)[0]
    mentions = latest.mentions.all() if latest else row.message.mentions.all()
    name = faces.face_of(row.learner).name
    return ConversationLine(
        id=row.id,
        who=who,
        course=row.message.course,
        excerpt=message_text.excerpt_for(text, faces.names(mentions), name),
        reason=reason,
        at=row.last_at,
        new=new,
    )


def _message_of(row: TeacherMessage) -> tuple[str, str]:
    """Return text and link; empty while its author's account is being erased."""
    try:
        return message_text.read_message(row)
    except KeyDestroyed:
        return "", ""


def _reply_of(row: ConversationReply) -> str:
    try:
        return message_text.read_reply(row)
    except KeyDestroyed:
        return ""
