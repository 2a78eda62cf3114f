"""Write, edit, withdraw and restore announcements."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Course
from discussion.erasure import UNDO_WITHIN
from discussion.models import Announcement, AnnouncementMention
from discussion.posts import member_names, post_store, post_text
from discussion.posts.post_store import Unsendable
from vault.sealed_values import Place, unseal_value


@transaction.atomic
def save(
    course: Course,
    author: User,
    *,
    id: UUID,
    title: str,
    text: str,
    shows_at: datetime | None,
    now: datetime,
) -> Announcement:
    """Create the announcement, or change it; `shows_at` only counts until it is visible."""
    # The title and the text share one numbering of names.
    members = member_names.members(course, but=author)
    kept, named = post_text.without_names(f"{' '.join(title.split())}\n{text}", members)
    title, _newline, text = kept.partition("\n")
    fields = {"course": course, "author": author, "made_at": now, "shows_at": now}
    row, made = Announcement.objects.select_for_update().get_or_create(id=id, defaults=fields)
    if not made:
        require_changeable(row, course, author)
        row.edited_at = now
    if row.shows_at >= now:
        row.shows_at = max(now, shows_at or now)
    row.title_sealed = post_store.seal(title, _place(row, "title_sealed"), now=now)
    row.sealed = post_store.seal(text, _place(row, "sealed"), now=now)
    row.save()
    row.mentions.all().delete()
    AnnouncementMention.objects.bulk_create(
        AnnouncementMention(announcement=row, person=each.person, number=each.number)
        for each in named
    )
    return row


def require_changeable(row: Announcement, course: Course, author: User) -> None:
    """Raise Unsendable unless this author can edit the announcement now."""
    if (row.course_id, row.author_id) != (course.pk, author.pk):
        raise Unsendable(_("Only its author can edit an announcement."))
    if row.withdrawn_at is not None:
        raise Unsendable(_("This announcement was withdrawn. Undo that before you edit it."))


def withdraw(course: Course, id: UUID, *, now: datetime) -> bool:
    """Hide an announcement from Learners; False if it is not there."""
    rows = Announcement.objects.filter(course=course, id=id, withdrawn_at=None)
    return bool(rows.update(withdrawn_at=now))


def undo_withdraw(course: Course, id: UUID, *, now: datetime) -> bool:
    """Show a withdrawn announcement again; False once its ten minutes are over."""
    rows = Announcement.objects.filter(course=course, id=id, withdrawn_at__gt=now - UNDO_WITHIN)
    return bool(rows.update(withdrawn_at=None))


def forget_withdrawn(*, now: datetime) -> int:
    """Delete announcements that were withdrawn more than ten minutes ago. Returns how many."""
    old = Announcement.objects.filter(withdrawn_at__lte=now - UNDO_WITHIN)
    return old.delete()[1].get("discussion.Announcement", 0)


def title_of(row: Announcement) -> str:
    """Return the title with placeholders. Raises KeyDestroyed after an erasure."""
    place = _place(row, "title_sealed")
    return str(unseal_value(row.title_sealed, place=place))


def text_of(row: Announcement) -> str:
    """Return the text with placeholders. Raises KeyDestroyed after an erasure."""
    return str(unseal_value(row.sealed, place=_place(row, "sealed")))


def _place(row: Announcement, column: str) -> Place:
    return Place("discussion_announcement", column, str(row.id), row.author.code)
