"""The title of a thread, which belongs to its first post and follows its access rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from discussion.access import is_author
from discussion.models import Post, Thread
from discussion.posts import post_store
from discussion.posts.member_names import Faces
from vault.errors import KeyDestroyed

MISSING_TITLE = gettext_noop("A question that no longer exists")


def title_for(
    user: User | None,
    thread: Thread,
    *,
    teaches: bool,
    opening: Post | None = None,
    faces: Faces | None = None,
) -> str:
    """Return the title, or "" if this user may not read the first post.

    A page with many titles passes its `faces`, so that each name is unsealed once.
    """
    first = opening or openings([thread]).get(thread.pk)
    if first is None or not readable(user, first, teaches=teaches):
        return ""
    try:
        return post_store.typed_title(thread, first, faces)
    except KeyDestroyed:
        return ""


def named_title(
    user: User | None,
    thread: Thread,
    *,
    teaches: bool,
    opening: Post | None = None,
    faces: Faces | None = None,
) -> str:
    """Return the title for use in a sentence, or a substitute if it is not readable."""
    title = title_for(user, thread, teaches=teaches, opening=opening, faces=faces)
    return title or _(MISSING_TITLE)


def readable(user: User | None, post: Post, *, teaches: bool) -> bool:
    """Return whether this user may read the text of a post, its title and its quotes."""
    if post.author is None or not post.author.is_active:
        return False
    if post.sealed is None or post.deleted_at is not None:
        return False
    return post.hidden_at is None or teaches or (user is not None and is_author(user, post))


def openings(threads: Iterable[Thread]) -> Mapping[UUID, Post]:
    """Return the first post of each thread."""
    rows = Post.objects.filter(thread__in=list(threads), opens=True).select_related("author")
    return {post.thread_id: post for post in rows.prefetch_related("mentions__person")}
