"""Erase posts: delete a thread without replies of others, else leave empty posts in it.

With an account its posts are emptied and lose their author, and the rows that refer to them
(mentions, reports, marks) are deleted. A post that its author deleted can be restored for ten
minutes; then its text is erased in the same way.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import F, QuerySet

from work_queue.due_rows import describe_error, lock_free, process_each

logger = logging.getLogger(__name__)
UNDO_WITHIN = timedelta(minutes=10)


def forget_posts(subject: UUID, scopes: Collection[str] | None) -> int:
    """Erase all posts of a deleted account. Returns how many it had."""
    if scopes is not None:
        return 0
    posts = _posts().filter(author__code=subject)
    count = posts.count()
    threads = list(posts.values_list("thread", flat=True).distinct())
    others = _threads().filter(pk__in=threads, posts__in=_of_others(subject))
    kept = list(others.values_list("pk", flat=True).distinct())
    _threads().filter(pk__in=set(threads) - set(kept)).delete()
    _empty(_posts().filter(author__code=subject), author=None)
    return count


def forget_threads(subject: UUID, scopes: Collection[str] | None) -> int:
    """Erase the thread titles of a deleted account, before or after its posts. Returns the
    count."""
    if scopes is not None:
        return 0
    threads = _threads().filter(author__code=subject)
    count = threads.count()
    others = list(_of_others(subject).filter(thread__in=threads).values_list("thread", flat=True))
    threads.exclude(pk__in=others).delete()
    threads.update(author=None, title_sealed=None, time_s=None, version=F("version") + 1)
    return count


@transaction.atomic
def forget_deleted(*, now: datetime) -> int:
    """Erase texts that their authors deleted more than ten minutes ago. Returns how many."""
    old = _posts().filter(deleted_at__lte=now - UNDO_WITHIN, sealed__isnull=False)
    due = lock_free(old.select_related("thread"))
    return process_each(due, _forget_deleted, postpone=_log_failure)


def _log_failure(_post: Any, error: Exception) -> None:
    """Log a post that could not be erased; the next sweep tries again."""
    logger.error("discussion.not_erased", extra=describe_error(error))


@transaction.atomic
def _forget_deleted(post: Any) -> int:
    thread = post.thread
    if not post.opens:
        post.delete()
    elif thread.posts.filter(opens=False).exists():
        _empty(_posts().filter(pk=post.pk), author=post.author)
        _threads().filter(pk=thread.pk).update(title_sealed=None, time_s=None)
    else:
        thread.delete()
    return 1


def _empty(posts: QuerySet[Any], **left: object) -> None:
    """Erase the text of these posts and the rows that refer to them."""
    ids = list(posts.values_list("pk", flat=True))
    threads = _threads().filter(posts__in=ids)
    for name in ("Mention", "Flag", "Helpful"):
        apps.get_model("discussion", name).objects.filter(post__in=ids).delete()
    _threads().filter(pk__in=list(threads.values_list("pk", flat=True))).update(
        version=F("version") + 1
    )
    _posts().filter(pk__in=ids).update(
        sealed=None, accepted=False, edited_at=None, hidden_at=None, hidden_why="", **left
    )


def _of_others(subject: UUID) -> QuerySet[Any]:
    """Return the posts of other people whose accounts still exist."""
    return _posts().filter(author__isnull=False).exclude(author__code=subject)


def _posts() -> QuerySet[Any]:
    # The models name these functions, so they cannot be imported here.
    return apps.get_model("discussion", "Post")._base_manager.all()


def _threads() -> QuerySet[Any]:
    return apps.get_model("discussion", "Thread")._base_manager.all()
