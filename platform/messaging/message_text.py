"""Texts of messages: sealed for their author, with numbers for names, and shown to one reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.safestring import SafeString

from accounts.models import User
from courses.models import Course
from discussion.posts import member_names, post_text
from discussion.posts.post_store import SCOPES
from messaging.models import ConversationReply, MessageMention, TeacherMessage
from vault.sealed_values import Place, seal_value, unseal_value

# What a Teacher types for the name of each reader, and its number in a stored text.
NAME: Final = "{name}"
READER: Final = 0


def without_names(course: Course, author: User, text: str) -> tuple[str, post_text.NamedMembers]:
    """Return the text with numbers for the members it names, and these members."""
    return post_text.without_names(text, member_names.members(course, but=author))


def seal_message(id: UUID, author: User, text: str, link: str, *, now: datetime) -> bytes:
    content = {"text": text, "link": link}
    return seal_value(content, place=message_place(id, author), scopes=SCOPES, now=now)


def seal_reply(id: UUID, author: User, text: str, *, now: datetime) -> bytes:
    return seal_value(text, place=reply_place(id, author), scopes=SCOPES, now=now)


def read_message(row: TeacherMessage) -> tuple[str, str]:
    """Return the text and the link, or "" after an erasure. Raises KeyDestroyed during one."""
    if row.sealed is None or row.author is None:
        return "", ""
    content = unseal_value(row.sealed, place=message_place(row.id, row.author))
    return str(content["text"]), str(content["link"])


def read_reply(row: ConversationReply) -> str:
    """Return the text, or "" after an erasure. Raises KeyDestroyed during one."""
    if row.sealed is None or row.author is None:
        return ""
    return str(unseal_value(row.sealed, place=reply_place(row.id, row.author)))


def html_for(text: str, names: post_text.Names, reader: str) -> SafeString:
    """Return safe HTML of a text as this reader sees it."""
    return post_text.html_of(text.replace(NAME, f"⟦{READER}⟧"), {**names, READER: reader})


def excerpt_for(text: str, names: post_text.Names, reader: str) -> str:
    """Return the beginning as one line, for lists."""
    return post_text.excerpt(text.replace(NAME, f"⟦{READER}⟧"), {**names, READER: reader})


def store_mentions(
    named: post_text.NamedMembers,
    *,
    message: TeacherMessage | None = None,
    reply: ConversationReply | None = None,
) -> Sequence[MessageMention]:
    """Store who is named in a text."""
    return MessageMention.objects.bulk_create(
        MessageMention(message=message, reply=reply, person=each.person, number=each.number)
        for each in named
    )


def message_place(row: UUID, author: User) -> Place:
    return Place("messaging_teachermessage", "sealed", str(row), author.code)


def reply_place(row: UUID, author: User) -> Place:
    return Place("messaging_conversationreply", "sealed", str(row), author.code)
