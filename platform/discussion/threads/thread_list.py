"""The list of a Unit's threads: filters, pages and search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import pgettext_lazy

from discussion.access import DiscussionReader, threads_visible_to
from discussion.models import Post, Thread
from discussion.posts import post_store, post_text
from discussion.posts.member_names import Faces, MemberFace
from discussion.threads import read_state
from discussion.threads.thread_audience import ThreadAudience, audience_of
from discussion.threads.titles import openings, readable, title_for
from vault.errors import KeyDestroyed

PAGE_SIZE = 20
# How many threads a search reads; beyond that only the newest are searched.
MOST_SEARCHED = 500
SHOWS = (
    ("all", pgettext_lazy("threads", "All")),
    ("unanswered", pgettext_lazy("threads", "Unanswered")),
    ("mine", pgettext_lazy("threads", "Mine")),
)


@dataclass(frozen=True, slots=True)
class ListedThread:
    """One thread of the list."""

    id: UUID
    url: str
    title: str
    who: MemberFace
    at: datetime
    latest_at: datetime
    replies: int
    new: int
    excerpt: str
    moment: float | None
    pinned: bool
    locked: bool
    answered: bool
    audience: ThreadAudience


@dataclass(frozen=True, slots=True)
class ThreadListPage:
    """One page of the list; `newer` and `older` are the numbers of its neighbours."""

    lines: tuple[ListedThread, ...]
    total: int
    newer: int | None = None
    older: int | None = None


def page(reader: DiscussionReader, *, show: str, number: int) -> ThreadListPage:
    """Return one page: pinned threads first, then by latest post."""
    found = _threads(reader, show)
    total = found.count()
    last = max(1, ceil(total / PAGE_SIZE))
    number = min(max(1, number), last)
    rows = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return ThreadListPage(
        tuple(_listed_threads(reader, rows, Faces(reader.unit.course))),
        total,
        newer=number - 1 if number > 1 else None,
        older=number + 1 if number < last else None,
    )


def search(reader: DiscussionReader, words: str, *, show: str) -> ThreadListPage:
    """Return threads that contain every word, in the title or in a post."""
    wanted = words.casefold().split()
    threads = list(_threads(reader, show)[:MOST_SEARCHED])
    posts, faces = _visible_posts_in(threads), Faces(reader.unit.course)
    titles = _titles(reader, threads, openings(threads), faces)
    rows = [
        each for each in threads if _contains_words(titles[each.pk], posts[each.pk], faces, wanted)
    ]
    lines = tuple(_listed_threads(reader, rows[:PAGE_SIZE], faces))
    return ThreadListPage(lines, len(rows))


def _threads(reader: DiscussionReader, show: str) -> QuerySet[Thread]:
    """Return the threads, annotated with `deleted_at`, `replies`, `answered`, `latest_at`."""
    seen = Q(posts__sealed__isnull=False, posts__deleted_at=None, posts__hidden_at=None)
    opening = Post.objects.filter(thread=OuterRef("pk"), opens=True)
    rows = (
        threads_visible_to(reader.user)
        .filter(unit=reader.unit)
        .select_related("author", "unit", "group")
        .annotate(
            deleted_at=Subquery(opening.values("deleted_at")[:1]),
            answered=Count("posts", filter=Q(posts__accepted=True)),
            replies=Count("posts", filter=seen & Q(posts__opens=False)),
            latest_at=Coalesce(Max("posts__made_at", filter=seen), "made_at"),
        )
    )
    # A thread whose question was deleted stays listed while it has replies.
    rows = rows.filter(Q(deleted_at=None) | Q(replies__gt=0) | Q(author=reader.user))
    if show == "unanswered":
        rows = rows.filter(replies=0)
    if show == "mine":
        own = Post.objects.filter(author=reader.user, sealed__isnull=False, deleted_at=None)
        rows = rows.filter(pk__in=own.values("thread"))
    return rows.order_by("-pinned", "-latest_at", "pk")


def _listed_threads(
    reader: DiscussionReader, rows: Iterable[Thread], faces: Faces
) -> Iterator[ListedThread]:
    rows = list(rows)
    new, first = read_state.new_post_counts(reader.user, reader.unit), openings(rows)
    titles = _titles(reader, rows, first, faces)
    for thread in rows:
        try:
            excerpt = _opening_excerpt(first.get(thread.pk), faces)
        except KeyDestroyed:
            excerpt = ""
        who = faces.face_of(thread.author)
        yield _listed_thread(thread, titles[thread.pk], excerpt, who, new.get(thread.pk, 0))


def _titles(
    reader: DiscussionReader, threads: Iterable[Thread], first: Mapping[UUID, Post], faces: Faces
) -> dict[UUID, str]:
    """Return the titles as this reader may see them, by thread; `first` holds the first posts."""
    return {
        each.pk: title_for(
            reader.user, each, teaches=reader.teaches, opening=first.get(each.pk), faces=faces
        )
        for each in threads
    }


def _listed_thread(
    thread: Thread, title: str, excerpt: str, who: MemberFace, new: int
) -> ListedThread:
    annotations = vars(thread)
    return ListedThread(
        id=thread.pk,
        url=f"/units/{thread.unit.code}/discussion/threads/{thread.pk}/",
        title=title,
        who=who,
        at=thread.made_at,
        latest_at=annotations["latest_at"],
        replies=annotations["replies"],
        new=new,
        excerpt=excerpt,
        moment=thread.time_s,
        pinned=thread.pinned,
        locked=thread.locked,
        answered=annotations["answered"] > 0,
        audience=audience_of(thread),
    )


def _opening_excerpt(post: Post | None, faces: Faces) -> str:
    """Return an excerpt of a first post that every member can see."""
    if post is None or not readable(None, post, teaches=False):
        return ""
    return post_text.excerpt(post_store.text_of(post), faces.names(post.mentions.all()))


def _visible_posts_in(threads: list[Thread]) -> dict[UUID, list[Post]]:
    """Return the visible posts by thread, in one query however many threads there are."""
    found: dict[UUID, list[Post]] = {thread.pk: [] for thread in threads}
    rows = read_state.visible_posts().filter(thread__in=threads).select_related("author")
    for post in rows.prefetch_related("mentions__person"):
        found[post.thread_id].append(post)
    return found


def _contains_words(title: str, posts: Iterable[Post], faces: Faces, wanted: list[str]) -> bool:
    try:
        texts = [
            post_text.with_names(post_store.text_of(p), faces.names(p.mentions.all()))
            for p in posts
        ]
    except KeyDestroyed:
        return False
    text = " ".join([title, *texts]).casefold()
    return all(word in text for word in wanted)
