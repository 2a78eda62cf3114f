"""What a member has read, what is new to them, and where they were mentioned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from courses.access import courses_visible_to
from courses.models import Unit
from discussion.access import threads_visible_to
from discussion.models import Mention, Post, Thread, ThreadRead
from discussion.posts.member_names import Faces, MemberFace
from discussion.threads import titles

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class MentionNotice:
    """A mention of the reader: its author and place."""

    who: MemberFace
    title: str
    unit: str
    url: str
    at: datetime


def visible_posts() -> QuerySet[Post]:
    """Return the posts that every member of the course can see."""
    return Post.objects.filter(
        author__is_active=True, sealed__isnull=False, deleted_at=None, hidden_at=None
    )


def new_post_counts(user: User, unit: Unit) -> Mapping[object, int]:
    """Return by thread how many posts others wrote since this user last read it."""
    read = ThreadRead.objects.filter(
        person=user, thread=OuterRef("thread"), at__gte=OuterRef("made_at")
    )
    threads = threads_visible_to(user).filter(unit=unit)
    rows = visible_posts().filter(thread__in=threads).exclude(author=user).exclude(Exists(read))
    return dict(rows.order_by().values_list("thread").annotate(Count("id")))


def mark_read(user: User, thread: Thread, *, now: datetime) -> None:
    """Mark the thread and this user's mentions in it as read."""
    ThreadRead.objects.update_or_create(thread=thread, person=user, defaults={"at": now})
    Mention.objects.filter(person=user, seen_at=None, post__thread=thread).update(seen_at=now)


def mark_all_read(user: User, unit: Unit, *, now: datetime) -> None:
    """Mark all threads of the Unit that this user can see as read."""
    for thread in threads_visible_to(user).filter(unit=unit):
        mark_read(user, thread, now=now)


def mentions_of(user: User) -> tuple[MentionNotice, ...]:
    """Return this user's unread mentions, newest first."""
    rows = Mention.objects.filter(
        person=user,
        called=True,
        seen_at=None,
        post__in=visible_posts(),
        post__thread__in=threads_visible_to(user),
        post__thread__unit__course__in=courses_visible_to(user),
    )
    thread = ("post__thread__author", "post__thread__unit__course")
    found = rows.select_related("person", "post__author", *thread).order_by("-post__made_at")
    return tuple(_mention_notice(each) for each in found[:MOST_NAMED])


def _mention_notice(mention: Mention) -> MentionNotice:
    post, thread = mention.post, mention.post.thread
    title = titles.named_title(mention.person, thread, teaches=False)
    url = f"/units/{thread.unit.code}/discussion/threads/{thread.id}/#p-{post.id}"
    who = Faces(thread.unit.course).face_of(post.author)
    return MentionNotice(who, title, thread.unit.title, url, post.made_at)
