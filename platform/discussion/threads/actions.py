"""Acts on threads and posts other than writing: marks, the accepted answer, moderation.

Each act has its opposite.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from discussion.access import DiscussionReader, is_author, post_for, require_author, require_teacher
from discussion.models import Helpful, Post, Thread
from discussion.moderation import hidden_posts
from discussion.posts import post_store
from discussion.posts.post_store import Unsendable

Act = Callable[[DiscussionReader, Post, datetime], object]
# A Teacher's acts on a whole thread: the column and its new value.
SWITCHES = {
    "lock": {"locked": True},
    "unlock": {"locked": False},
    "pin": {"pinned": True},
    "unpin": {"pinned": False},
}


@transaction.atomic
def perform_act(reader: DiscussionReader, thread: Thread, button: str, *, now: datetime) -> None:
    """Perform `<act>` on the thread or `<act>:<post>`, the values of the page's buttons."""
    act, _, about = button.partition(":")
    if act in SWITCHES:
        require_teacher(reader)
        if Thread.objects.filter(pk=thread.pk).exclude(**SWITCHES[act]).update(**SWITCHES[act]):
            hidden_posts.record_moderation(act, thread.author, by=reader.user)
    elif act in ACTS:
        ACTS[act](reader, post_for(thread, about), now)
    else:
        raise Http404
    post_store.raise_version(thread)


def _show(reader: DiscussionReader, post: Post, _now: datetime) -> None:
    require_teacher(reader)
    hidden_posts.show(post, by=reader.user)


def _helpful(reader: DiscussionReader, post: Post, _now: datetime) -> None:
    if is_author(reader.user, _require_visible(post)):
        raise PermissionDenied("an author cannot mark their own post")
    Helpful.objects.get_or_create(post=post, person=reader.user)


def _unhelpful(reader: DiscussionReader, post: Post, _now: datetime) -> None:
    Helpful.objects.filter(post=post, person=reader.user).delete()


def _accept(reader: DiscussionReader, post: Post, _now: datetime) -> None:
    _require_asker(reader, post)
    if _require_visible(post).opens:
        raise Http404
    Post.objects.filter(thread=post.thread_id, accepted=True).update(accepted=False)
    Post.objects.filter(pk=post.pk).update(accepted=True)


def _unaccept(reader: DiscussionReader, post: Post, _now: datetime) -> None:
    _require_asker(reader, post)
    Post.objects.filter(pk=post.pk).update(accepted=False)


def _delete(reader: DiscussionReader, post: Post, now: datetime) -> None:
    require_author(reader.user, post)
    post_store.delete(post, now=now)


def _take_back(reader: DiscussionReader, post: Post, now: datetime) -> None:
    require_author(reader.user, post)
    post_store.undo_delete(post, now=now)


def _require_asker(reader: DiscussionReader, post: Post) -> None:
    if not (reader.teaches or is_author(reader.user, post.thread)):
        raise PermissionDenied("who asked or a Teacher says what answers it")


def _require_visible(post: Post) -> Post:
    """Return the post. Raises Unsendable unless everyone can see its text."""
    if post.sealed is None or post.deleted_at is not None or post.hidden_at is not None:
        raise Unsendable(_(post_store.GONE))
    return post


ACTS: dict[str, Act] = {
    "helpful": _helpful,
    "unhelpful": _unhelpful,
    "accept": _accept,
    "unaccept": _unaccept,
    "delete": _delete,
    "take_back": _take_back,
    "show": _show,
}
