"""Threads as their Learner and the Teachers of the course may find them, and what is unread."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import Http404

from accounts.models import User
from courses.access import courses_learnt_by
from courses.models import Course, Enrolment
from messaging.models import Conversation, ConversationReply


def conversations_of(learner: User) -> QuerySet[Conversation]:
    """Return a Learner's own threads, in the courses in which they learn."""
    return Conversation.objects.filter(
        learner=learner, message__course__in=courses_learnt_by(learner)
    )


def conversations_in(course: Course) -> QuerySet[Conversation]:
    """Return the threads with present Learners of a course, for all its Teachers.

    Who is in the class is asked at once, and once for all that is filtered from these threads.
    """
    here = Enrolment.objects.filter(course=course, role="learner", user__is_active=True)
    learners = list(here.values_list("user", flat=True))
    return Conversation.objects.filter(message__course=course, learner__any_of=learners)


def unread_by(learner: User) -> QuerySet[Conversation]:
    """Return a Learner's threads that hold something they have not opened."""
    return conversations_of(learner).filter(Q(read_at=None) | _holds_unseen(by_learner=False))


def answers_first(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Mark threads with `unread`, a reply of the Learner that no Teacher has opened, and sort."""
    unread = ExpressionWrapper(_holds_unseen(by_learner=True), BooleanField())
    return rows.annotate(unread=unread).order_by("-unread", "-last_at", "pk")


def count_answers(course: Course) -> int:
    """Return how many threads hold a reply that no Teacher has opened."""
    return conversations_in(course).filter(_holds_unseen(by_learner=True)).count()


def find_one(rows: QuerySet[Conversation], id: UUID) -> Conversation:
    """Return one of these threads with its message. Raises Http404."""
    found = with_message(rows).filter(id=id).first()
    if found is None:
        raise Http404
    return found


def with_message(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Load all that a thread shows besides its replies."""
    return rows.select_related(
        "learner",
        "message__author",
        "message__course",
        "message__unit",
        "message__question__unit",
        "message__skill__course",
    ).prefetch_related("message__mentions__person")


def mark_opened(row: Conversation, *, by_learner: bool, now: datetime) -> None:
    """Record that the Learner, or a Teacher, opened the thread."""
    if by_learner and row.read_at is None:
        Conversation.objects.filter(pk=row.pk, read_at=None).update(read_at=now)
    row.replies.filter(by_learner=not by_learner, seen_at=None).update(seen_at=now)


def _holds_unseen(*, by_learner: bool) -> Q:
    """Return the condition that the other side has not opened a reply; one scan for all threads."""
    unseen = ConversationReply.objects.filter(
        seen_at=None, sealed__isnull=False, by_learner=by_learner
    )
    return Q(pk__in=unseen.values("conversation"))
