"""Reports of posts: sealed reasons from members, a queue for the Teachers of the course."""

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

from accounts.models import User
from courses.models import Course
from discussion import posting, texts
from discussion.forgetting import UNDO_WITHIN
from discussion.models import Flag, Post
from discussion.people import Face, Faces
from discussion.posting import Unsendable
from vault.errors import KeyDestroyed
from vault.values import Place, seal_value, unseal_value

LONGEST_REASON = 500
THREAD = ("post__thread__author", "post__thread__unit")
KEEPS_SHOWING = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Report:
    """One line of the queue."""

    id: UUID
    at: datetime
    why: str
    unit: str
    title: str
    url: str
    who: Face
    said: str
    hidden: bool
    handled_at: datetime | None
    undo: bool


@transaction.atomic
def report(post: Post, by: User, *, why: str, now: datetime) -> None:
    """One report of a person about a post; another word takes the place of the first."""
    if not why.strip():
        raise Unsendable(_("Say in a few words what is wrong with it."))
    if (over := len(why) - LONGEST_REASON) > 0:
        raise Unsendable(_too_long(over))
    if post.sealed is None or post.deleted_at is not None:
        raise Unsendable(_(posting.GONE))
    Flag.objects.filter(post=post, by=by).delete()
    made = uuid4()
    sealed = seal_value(why, place=_place(made, by.code), scopes=posting.SCOPES, now=now)
    Flag.objects.create(id=made, post=post, by=by, sealed=sealed, at=now)


def _too_long(over: int) -> str:
    said = ngettext(
        "The reason is {over} character too long.",
        "The reason is {over} characters too long.",
        over,
    )
    return said.format(over=over)


def handled(course: Course, id: str, by: User, *, now: datetime) -> None:
    """Seen to, for all Teachers of the course; 404 for one that is not of it."""
    changed = _of(course).filter(id=_uuid(id)).update(handled_at=now, handled_by=by)
    if not changed:
        raise Http404


def undo(course: Course, id: str, *, now: datetime) -> None:
    """Back into the queue, within ten minutes."""
    fresh = _of(course).filter(id=_uuid(id), handled_at__gt=now - UNDO_WITHIN)
    if not fresh.update(handled_at=None, handled_by=None):
        raise Http404


def waiting(course: Course, *, now: datetime) -> list[Report]:
    """Who waits longest comes first."""
    return list(_reports(course, _of(course).filter(handled_at=None).order_by("at"), now))


def seen_to(course: Course, *, now: datetime) -> list[Report]:
    """What was handled in the last month, newest first."""
    rows = _of(course).filter(handled_at__gt=now - KEEPS_SHOWING).order_by("-handled_at")
    return list(_reports(course, rows[:50], now))


def _of(course: Course) -> QuerySet[Flag]:
    return Flag.objects.filter(post__thread__unit__course=course, post__sealed__isnull=False)


def _reports(course: Course, rows: QuerySet[Flag], now: datetime) -> Iterator[Report]:
    faces = Faces(course)
    found = rows.select_related("by", "post__author", *THREAD)
    for row in found.prefetch_related("post__mentions__person"):
        try:
            yield _report(row, faces, now)
        except KeyDestroyed:
            continue  # somebody's erasure is under way, and takes the row with it


def _report(row: Flag, faces: Faces, now: datetime) -> Report:
    post, thread = row.post, row.post.thread
    names = {each.number: faces.of(each.person).name for each in post.mentions.all()}
    return Report(
        id=row.id,
        at=row.at,
        why=str(unseal_value(row.sealed, place=_place(row.id, row.by.code))),
        unit=thread.unit.title,
        title=posting.title_of(thread),
        url=f"/units/{thread.unit.code}/discussion/threads/{thread.id}/#p-{post.id}",
        who=faces.of(post.author),
        said=texts.excerpt(posting.text_of(post), names),
        hidden=post.hidden_at is not None,
        handled_at=row.handled_at,
        undo=row.handled_at is not None and row.handled_at > now - UNDO_WITHIN,
    )


def _place(row: UUID, subject: UUID) -> Place:
    return Place("discussion_flag", "sealed", str(row), subject)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
