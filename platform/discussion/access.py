"""Load units, threads and posts of a discussion, with access checks.

Members of the course read and write, its Teachers moderate, and strangers get a 404. The discussion
of a graded test stays closed while the test can still be taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet
from django.http import Http404

from accounts.access import uuid_or_404
from accounts.models import User
from courses import availability
from courses.access import courses_taught_by, is_learner, unit_for_member
from courses.models import Attempt, Extra, LearnerGroup, Unit
from discussion.models import Post, Thread


@dataclass(frozen=True, slots=True)
class DiscussionReader:
    """A user who opened the discussion of a Unit, and what they may do in it."""

    user: User
    unit: Unit
    learns: bool
    teaches: bool


class TestIsOpen(Exception):
    """The discussion of a test stays closed while the test can be taken."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        super().__init__(str(unit.code))


def reader_of(user: User, code: UUID, *, now: datetime) -> DiscussionReader:
    """Return the reader of a Unit's discussion.

    Raises Http404 for strangers, PermissionDenied for Learners while the Unit is not open yet, and
    TestIsOpen for everyone.
    """
    unit = unit_for_member(user, code)
    availability.require_open(user, unit, now=now)
    if closed_by_test(unit, now=now):
        raise TestIsOpen(unit)
    return DiscussionReader(user, unit, is_learner(user, unit.course), teaches(user, unit))


def teaches(user: User, unit: Unit) -> bool:
    return courses_taught_by(user).filter(pk=unit.course_id).exists()


def closed_by_test(unit: Unit, *, now: datetime) -> bool:
    """Return whether anyone may still take this graded test.

    That is so until it is due for the class, for each group and for Learners with extra time, and
    while an Attempt runs.
    """
    if unit.scenario != "graded":
        return False
    last = availability.find_last_due(unit)
    if last is None or now < last:
        return True
    more = Extra.objects.filter(unit=unit, undone_at=None, due_at__gt=now)
    running = Attempt.objects.filter(unit=unit, handed_in_at=None, reset_at=None)
    return more.exists() or running.exists()


def threads_visible_to(user: User) -> QuerySet[Thread]:
    """Return the threads for everyone, for this Learner's groups, and of courses they teach.

    Every page, count and notice reads threads here, so that none shows one of another group.
    """
    here = LearnerGroup.objects.filter(course=OuterRef("unit__course"), deleted_at=None)
    own = here.filter(enrolments__user=user).values("pk")
    taught = Q(unit__course__in=courses_taught_by(user))
    return Thread.objects.filter(Q(group=None) | Q(group__in=own) | taught)


def thread_for(reader: DiscussionReader, id: UUID) -> Thread:
    """Return a thread of this Unit that the reader can see. Raises Http404."""
    rows = threads_visible_to(reader.user).filter(id=id, unit=reader.unit)
    thread = rows.select_related("author", "group").first()
    if thread is None:
        raise Http404
    return thread


def post_for(thread: Thread, id: UUID | str) -> Post:
    """Return a post of this thread. Raises Http404."""
    post = thread.posts.filter(id=uuid_or_404(str(id))).select_related("author").first()
    if post is None:
        raise Http404
    post.thread = thread
    return post


def is_author(user: User, row: Thread | Post) -> bool:
    return row.author_id is not None and row.author_id == user.pk


def require_author(user: User, post: Post) -> None:
    if not is_author(user, post):
        raise PermissionDenied("only who wrote a post changes it")


def require_teacher(reader: DiscussionReader) -> None:
    if not reader.teaches:
        raise PermissionDenied("only a Teacher of the course moderates")
