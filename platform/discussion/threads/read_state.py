"""What a member has read, what is new to them, and where they were mentioned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from courses.access import courses_visible_to
from courses.models import Unit
from discussion.models import Mention, Post, Seen, Thread
from discussion.posts.member_names import Face, Faces
from discussion.threads import titles

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Named:
    """A mention of the reader: its author and place."""

    who: Face
    title: str
    unit: str
    url: str
    at: datetime


def standing() -> QuerySet[Post]:
    """Return the posts that every member of the course can see."""
    return Post.objects.filter(
        author__is_active=True, sealed__isnull=False, deleted_at=None, hidden_at=None
    )


def new_to(user: User, unit: Unit) -> Mapping[object, int]:
    """Return by thread how many posts others wrote since this user last read it."""
    read = Seen.objects.filter(person=user, thread=OuterRef("thread"), at__gte=OuterRef("made_at"))
    rows = standing().filter(thread__unit=unit).exclude(author=user).exclude(Exists(read))
    return dict(rows.order_by().values_list("thread").annotate(Count("id")))


def look(user: User, thread: Thread, *, now: datetime) -> None:
    """Mark the thread and this user's mentions in it as read."""
    Seen.objects.update_or_create(thread=thread, person=user, defaults={"at": now})
    Mention.objects.filter(person=user, seen_at=None, post__thread=thread).update(seen_at=now)


def look_at_all(user: User, unit: Unit, *, now: datetime) -> None:
    """Mark all threads of the Unit as read."""
    for thread in Thread.objects.filter(unit=unit):
        look(user, thread, now=now)


def mentions_of(user: User) -> tuple[Named, ...]:
    """Return this user's unread mentions, newest first."""
    rows = Mention.objects.filter(
        person=user,
        called=True,
        seen_at=None,
        post__in=standing(),
        post__thread__unit__course__in=courses_visible_to(user),
    )
    thread = ("post__thread__author", "post__thread__unit__course")
    found = rows.select_related("person", "post__author", *thread).order_by("-post__made_at")
    return tuple(_named(each) for each in found[:MOST_NAMED])


def _named(mention: Mention) -> Named:
    post, thread = mention.post, mention.post.thread
    title = titles.named_title(mention.person, thread, teaches=False)
    url = f"/units/{thread.unit.code}/discussion/threads/{thread.id}/#p-{post.id}"
    who = Faces(thread.unit.course).of(post.author)
    return Named(who, title, thread.unit.title, url, post.made_at)
