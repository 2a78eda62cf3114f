"""Erase messages: a Learner's threads whole, a Teacher's texts out of answered threads.

A thread without a reply of anyone else goes with its Teacher. In others the Teacher's texts become
empty and lose their author.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet


def forget_conversations(subject: UUID, scopes: Collection[str] | None) -> int:
    """Erase all threads of a deleted Learner, and messages that no other Learner got."""
    if scopes is not None:
        return 0
    found = _rows("Conversation").filter(learner__code=subject)
    count, messages = found.count(), list(found.values_list("message", flat=True))
    found.delete()
    _rows("TeacherMessage").filter(pk__in=messages, conversations=None).delete()
    return count


def forget_messages(subject: UUID, scopes: Collection[str] | None) -> int:
    """Erase all messages of a deleted Teacher. Returns how many there were."""
    if scopes is not None:
        return 0
    found = _rows("TeacherMessage").filter(author__code=subject)
    count = found.count()
    answered = _rows("ConversationReply").filter(sealed__isnull=False)
    answered = answered.exclude(author__code=subject)
    silent = _rows("Conversation").filter(message__in=list(found.values_list("pk", flat=True)))
    silent.exclude(pk__in=answered.values("conversation")).delete()
    found.filter(conversations=None).delete()
    _drop_mentions(message__author__code=subject)
    empty = dict.fromkeys(("sealed", "author", "unit", "begin_s", "end_s", "question", "skill"))
    found.update(**empty)
    return count


def forget_replies(subject: UUID, scopes: Collection[str] | None) -> int:
    """Empty all replies of a deleted account; those of a Learner go with their threads."""
    if scopes is not None:
        return 0
    _drop_mentions(reply__author__code=subject)
    replies = _rows("ConversationReply").filter(author__code=subject)
    return replies.update(sealed=None, author=None)


def _drop_mentions(**of: object) -> None:
    _rows("MessageMention").filter(**of).delete()


def _rows(model: str) -> QuerySet[Any]:
    # The models name these functions, so they cannot be imported here.
    found: QuerySet[Any] = apps.get_model("messaging", model)._base_manager.all()
    return found
