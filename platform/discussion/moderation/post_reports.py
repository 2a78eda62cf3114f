"""Reports of posts: sealed reasons from members, and the queue of the course's Teachers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import uuid_or_404
from accounts.models import User
from courses.models import Course
from discussion.erasure import UNDO_WITHIN
from discussion.models import Flag, FlagMention, Post
from discussion.posts import member_names, post_store, post_text
from discussion.posts.member_names import Faces, MemberFace
from discussion.posts.post_store import Unsendable
from discussion.threads import titles
from vault.errors import KeyDestroyed
from vault.sealed_values import Place, seal_value, unseal_value

LONGEST_REASON = 500
THREAD = ("post__thread__author", "post__thread__unit")
SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PostReport:
    """One row of the queue."""

    id: UUID
    at: datetime
    why: str
    unit: str
    title: str
    url: str
    who: MemberFace
    excerpt: str
    hidden: bool
    handled_at: datetime | None
    undo: bool


@transaction.atomic
def report(post: Post, by: User, *, why: str, now: datetime) -> None:
    """Store a member's report of a post; a second report replaces the first."""
    if not why.strip():
        raise Unsendable(_("Describe in a few words what is wrong with it."))
    if (over := len(why) - LONGEST_REASON) > 0:
        raise Unsendable(_too_long(over))
    if post.sealed is None or post.deleted_at is not None:
        raise Unsendable(_(post_store.GONE))
    Flag.objects.filter(post=post, by=by).delete()
    made, members = uuid4(), member_names.members(post.thread.unit.course, but=by)
    kept, named = post_text.without_names(why, members)
    sealed = seal_value(kept, place=_place(made, by.code), scopes=post_store.SCOPES, now=now)
    flag = Flag.objects.create(id=made, post=post, by=by, sealed=sealed, at=now)
    rows = [FlagMention(flag=flag, person=each.person, number=each.number) for each in named]
    FlagMention.objects.bulk_create(rows)


def _too_long(over: int) -> str:
    message = ngettext(
        "The reason is {over} character too long. Make it shorter.",
        "The reason is {over} characters too long. Make it shorter.",
        over,
    )
    return message.format(over=over)


def mark_handled(course: Course, id: str, by: User, *, now: datetime) -> None:
    """Mark a report as handled for all Teachers of the course. Raises Http404."""
    changed = (
        _readable_flags(course).filter(id=uuid_or_404(id)).update(handled_at=now, handled_by=by)
    )
    if not changed:
        raise Http404


def undo_handled(course: Course, id: str, *, now: datetime) -> None:
    """Return a report to the queue, within ten minutes. Raises Http404."""
    fresh = _readable_flags(course).filter(id=uuid_or_404(id), handled_at__gt=now - UNDO_WITHIN)
    if not fresh.update(handled_at=None, handled_by=None):
        raise Http404


def open_reports(course: Course, *, now: datetime) -> list[PostReport]:
    """Return the open reports, oldest first."""
    return list(
        _reports(course, _readable_flags(course).filter(handled_at=None).order_by("at"), now)
    )


def handled_reports(course: Course, *, now: datetime) -> list[PostReport]:
    """Return at most 50 reports handled in the last 30 days, newest first."""
    rows = _readable_flags(course).filter(handled_at__gt=now - SHOWN_FOR).order_by("-handled_at")
    return list(_reports(course, rows[:50], now))


def _readable_flags(course: Course) -> QuerySet[Flag]:
    """Return the reports of posts a Teacher can still read, since a reason may quote the post."""
    rows = Flag.objects.filter(post__thread__unit__course=course, post__sealed__isnull=False)
    return rows.filter(post__deleted_at=None, post__author__is_active=True)


def _reports(course: Course, rows: QuerySet[Flag], now: datetime) -> Iterator[PostReport]:
    faces = Faces(course)
    found = rows.select_related("by", "post__author", *THREAD)
    flagged = list(found.prefetch_related("post__mentions__person", "mentions__person"))
    replied = [row.post.thread for row in flagged if not row.post.opens]
    first = {row.post.thread_id: row.post for row in flagged if row.post.opens}
    first |= titles.openings(replied)
    for row in flagged:
        try:
            yield _report(row, first.get(row.post.thread_id), faces, now)
        except KeyDestroyed:
            continue  # an erasure is under way and will delete the row


def _report(row: Flag, opening: Post | None, faces: Faces, now: datetime) -> PostReport:
    post, thread = row.post, row.post.thread
    why = str(unseal_value(row.sealed, place=_place(row.id, row.by.code)))
    return PostReport(
        id=row.id,
        at=row.at,
        why=post_text.with_names(why, faces.names(row.mentions.all())),
        unit=thread.unit.title,
        title=titles.named_title(None, thread, teaches=True, opening=opening, faces=faces),
        url=f"/units/{thread.unit.code}/discussion/threads/{thread.id}/#p-{post.id}",
        who=faces.face_of(post.author),
        excerpt=post_text.excerpt(post_store.text_of(post), faces.names(post.mentions.all())),
        hidden=post.hidden_at is not None,
        handled_at=row.handled_at,
        undo=row.handled_at is not None and row.handled_at > now - UNDO_WITHIN,
    )


def _place(row: UUID, subject: UUID) -> Place:
    return Place("discussion_flag", "sealed", str(row), subject)
