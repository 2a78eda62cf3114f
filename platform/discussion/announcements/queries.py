"""Announcements as pages show them, and who has opened or dismissed them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.safestring import SafeString

from accounts.models import User
from courses.models import Course
from discussion.announcements import announcement_store
from discussion.models import Announcement, AnnouncementMention, AnnouncementRead
from discussion.posts import post_text
from discussion.posts.member_names import Faces, MemberFace
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class AnnouncementCard:
    """One announcement with its names; `new`: the reader has not opened or dismissed it."""

    id: UUID
    title: str
    html: SafeString
    who: MemberFace
    shows_at: datetime
    edited_at: datetime | None
    course: Course
    own: bool
    new: bool
    scheduled: bool
    withdrawn: bool


def visible_announcements(*, now: datetime) -> QuerySet[Announcement]:
    """Return the announcements that Learners of their courses can see."""
    return Announcement.objects.filter(shows_at__lte=now, withdrawn_at=None, author__is_active=True)


def unread(rows: QuerySet[Announcement], reader: User) -> QuerySet[Announcement]:
    """Return those that this person has neither opened nor dismissed, newest first."""
    reads = AnnouncementRead.objects.filter(person=reader, announcement=OuterRef("pk"))
    return rows.exclude(Exists(reads)).order_by("-shows_at", "pk")


def load_cards(
    rows: Iterable[Announcement], reader: User, *, new: set[UUID], now: datetime
) -> Iterator[AnnouncementCard]:
    """Return the cards of these rows, without those whose author is being erased."""
    faces: dict[int, Faces] = {}
    for row in rows:
        try:
            yield _card(row, faces.setdefault(row.course_id, Faces(row.course)), reader, new, now)
        except KeyDestroyed:
            continue


def as_typed(row: Announcement) -> tuple[str, str]:
    """Return title and text with the names, for the form."""
    names = Faces(row.course).names(row.mentions.select_related("person"))
    title, text = announcement_store.title_of(row), announcement_store.text_of(row)
    return post_text.with_names(title, names), post_text.with_names(text, names)


def with_course(rows: QuerySet[Announcement]) -> QuerySet[Announcement]:
    """Return the rows with all that a card needs."""
    return rows.select_related("author", "course").prefetch_related(
        Prefetch("mentions", AnnouncementMention.objects.select_related("person"))
    )


@transaction.atomic
def mark_read(reader: User, rows: Iterable[Announcement], *, opened: bool, now: datetime) -> None:
    """Record that this person opened or dismissed these; a dismissed one can still be opened."""
    reads = [
        AnnouncementRead(announcement=row, person=reader, at=now, opened=opened) for row in rows
    ]
    AnnouncementRead.objects.bulk_create(reads, ignore_conflicts=True)
    if opened:
        mine = AnnouncementRead.objects.filter(person=reader, opened=False)
        mine.filter(announcement__in=[each.announcement_id for each in reads]).update(
            opened=True, at=now
        )


def load_openers(course: Course) -> dict[UUID, dict[int, bool]]:
    """Return by announcement which present Learners opened it, and whether they are simulated."""
    learners = Q(person__enrolments__course=course, person__enrolments__role="learner")
    rows = AnnouncementRead.objects.filter(
        learners, announcement__course=course, opened=True, person__is_active=True
    )
    found: dict[UUID, dict[int, bool]] = {}
    for row, person, simulated in rows.values_list("announcement", "person", "person__simulated"):
        found.setdefault(row, {})[person] = simulated
    return found


def _card(
    row: Announcement, faces: Faces, reader: User, new: set[UUID], now: datetime
) -> AnnouncementCard:
    names = faces.names(row.mentions.all())
    edited = row.edited_at if row.edited_at and row.edited_at > row.shows_at else None
    return AnnouncementCard(
        id=row.id,
        title=post_text.with_names(announcement_store.title_of(row), names),
        html=post_text.html_of(announcement_store.text_of(row), names),
        who=faces.face_of(row.author),
        shows_at=row.shows_at,
        edited_at=edited,
        course=row.course,
        own=row.author_id == reader.pk,
        new=row.id in new,
        scheduled=row.shows_at > now,
        withdrawn=row.withdrawn_at is not None,
    )
