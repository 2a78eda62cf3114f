"""Hide and show posts as a Teacher, with an audit leaf about the author for each act.

The author of a hidden post is notified until they open the thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from courses.access import courses_visible_to
from discussion.access import threads_visible_to
from discussion.models import HIDDEN_WHY, Post, ThreadRead
from discussion.posts import post_store
from discussion.posts.post_store import Unsendable
from discussion.threads import titles
from discussion.threads.view_model import WHY_HIDDEN

MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class HiddenPost:
    """A post of the reader that a Teacher hid, and the reason."""

    title: str
    unit: str
    why: str
    url: str


@transaction.atomic
def hide(post: Post, why: str, *, by: User, now: datetime) -> None:
    """Hide a post from all but Teachers and its author; others see the reason."""
    if why not in HIDDEN_WHY:
        raise Unsendable(_("Choose a reason. Everyone can read it."))
    post.hidden_at, post.hidden_why, post.accepted = now, why, False
    post.save(update_fields=["hidden_at", "hidden_why", "accepted"])
    record_moderation("hide", post.author, by=by, why=why)
    post_store.raise_version(post.thread)


@transaction.atomic
def show(post: Post, *, by: User) -> None:
    """Show a hidden post again; does nothing if it is visible."""
    if post.hidden_at is None:
        return
    post.hidden_at, post.hidden_why = None, ""
    post.save(update_fields=["hidden_at", "hidden_why"])
    record_moderation("show", post.author, by=by)


def record_moderation(what: str, author: User | None, *, by: User, **more: str) -> None:
    """Record a Teacher's act; the subject is the author, or none if their account is gone."""
    subject = author.code if author else None
    audit.record("post.moderate", actor=by.code, subject=subject, public={"what": what, **more})


def hidden_posts_of(user: User) -> tuple[HiddenPost, ...]:
    """Return this user's posts hidden since they last read the thread, newest first."""
    looked = ThreadRead.objects.filter(
        person=user, thread=OuterRef("thread"), at__gte=OuterRef("hidden_at")
    )
    rows = Post.objects.filter(
        author=user,
        sealed__isnull=False,
        deleted_at=None,
        hidden_at__isnull=False,
        thread__in=threads_visible_to(user),
        thread__unit__course__in=courses_visible_to(user),
    ).exclude(Exists(looked))
    found = rows.select_related("author", "thread__author", "thread__unit").order_by("-hidden_at")
    return tuple(_hidden_post(post) for post in found[:MOST_LISTED])


def _hidden_post(post: Post) -> HiddenPost:
    thread = post.thread
    title = titles.named_title(post.author, thread, teaches=False)
    url = f"/units/{thread.unit.code}/discussion/threads/{thread.id}/#p-{post.id}"
    return HiddenPost(title, thread.unit.title, _(WHY_HIDDEN[post.hidden_why]), url)
