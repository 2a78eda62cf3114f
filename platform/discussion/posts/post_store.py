"""Write to a discussion: start a thread, reply, edit, delete and restore.

A form carries the id of the row it creates, so sending it twice creates one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.models import User
from courses.models import LearnerGroup, Unit
from discussion.erasure import UNDO_WITHIN
from discussion.models import Mention, Post, Thread
from discussion.posts import member_names, post_text
from vault.sealed_values import Place, seal_value, unseal_value

SCOPES = {"course": 0}
LONGEST_TITLE, LONGEST_TEXT = 120, 5000
LOCKED = gettext_noop("A teacher closed this thread to new replies. You can start another one.")
GONE = gettext_noop("This post no longer exists.")


class Unsendable(ValueError):
    """The post cannot be stored; the message is shown as it is and says what to do."""


class AlreadySent(Unsendable):
    """Another text was sent from this form; sending this one takes a new id."""

    def __init__(self) -> None:
        words = _("Another text was already sent from this form. Send again to add this one.")
        super().__init__(words)


@transaction.atomic
def begin_thread(
    unit: Unit,
    author: User,
    *,
    id: UUID,
    title: str,
    text: str,
    time_s: float | None,
    group: LearnerGroup | None = None,
    now: datetime,
) -> Thread:
    """Create a thread with its first post; return the existing one if sent again.

    With a `group` only its Learners and the Teachers can read it. Raises Unsendable, and
    AlreadySent if the thread of this id is another one.
    """
    title = " ".join(title.split())
    _check_title(title, _("Enter a title of one line, so that others can find the thread."))
    check_text(text)
    title, kept, named = _without_names(unit, author, title, text)
    fields = {
        "unit": unit,
        "group": group,
        "author": author,
        "title_sealed": seal(title, title_place(id, author.code), now=now),
        "made_at": now,
        "time_s": time_s,
    }
    thread, made = Thread.objects.get_or_create(id=id, defaults=fields)
    if made:
        _write(thread, author, uuid4(), kept, named, opens=True, now=now)
    elif (thread.author_id, thread.unit_id) != (author.pk, unit.pk):
        raise Unsendable(_(GONE))
    elif (thread.time_s, thread.group) != (time_s, group):
        raise AlreadySent
    else:
        _require_same(thread.posts.get(opens=True), title_of(thread), title, kept)
    return thread


@transaction.atomic
def reply(thread: Thread, author: User, *, id: UUID, text: str, now: datetime) -> Post:
    """Create a reply; return the existing one if sent again.

    Raises Unsendable, and AlreadySent if the reply of this id has another text.
    """
    check_text(text)
    _title, kept, named = _without_names(thread.unit, author, "", text)
    sent = Post.objects.filter(id=id).first()
    if sent is not None:
        if (sent.thread_id, sent.author_id) != (thread.pk, author.pk):
            raise Unsendable(_(GONE))
        _require_same(sent, "", "", kept)
        return sent
    if thread.locked:
        raise Unsendable(_(LOCKED))
    return _write(thread, author, id, kept, named, opens=False, now=now)


@transaction.atomic
def edit(post: Post, *, text: str, title: str | None = None, now: datetime) -> None:
    """Replace the text, marked as edited; `title` belongs to the first post of a thread."""
    check_text(text)
    author, thread = _require_changeable(post)
    if title is None and post.opens:
        title = typed_title(thread, post)
    title, kept, named = _without_names(thread.unit, author, " ".join((title or "").split()), text)
    if post.opens:
        _check_title(title, _("Enter a title for the thread."))
        thread.title_sealed = seal(title, title_place(thread.id, author.code), now=now)
        thread.save(update_fields=["title_sealed"])
    post.sealed = seal(kept, text_place(post.id, author.code), now=now)
    post.edited_at = now
    post.save(update_fields=["sealed", "edited_at"])
    seen = dict(post.mentions.filter(called=True).values_list("person", "seen_at"))
    post.mentions.all().delete()
    _store_mentions(post, named, seen)
    raise_version(thread)


@transaction.atomic
def delete(post: Post, *, now: datetime) -> None:
    """Hide a post from all others; after ten minutes its text is erased."""
    _require_changeable(post)
    post.deleted_at, post.accepted = now, False
    post.save(update_fields=["deleted_at", "accepted"])
    raise_version(post.thread)


@transaction.atomic
def undo_delete(post: Post, *, now: datetime) -> None:
    """Restore a deleted post, within ten minutes."""
    if post.sealed is None or post.deleted_at is None or now >= post.deleted_at + UNDO_WITHIN:
        raise Unsendable(_("The ten minutes are over, so this post cannot be restored."))
    post.deleted_at = None
    post.save(update_fields=["deleted_at"])
    raise_version(post.thread)


def raise_version(thread: Thread) -> None:
    """Raise the thread's version, which open pages poll for."""
    Thread.objects.filter(pk=thread.pk).update(version=F("version") + 1)


def seal(text: str, place: Place, *, now: datetime) -> bytes:
    """Seal under scope `course` of the author."""
    return seal_value(text, place=place, scopes=SCOPES, now=now)


def text_of(post: Post) -> str:
    """Return the text with placeholders for names. Raises KeyDestroyed after an erasure."""
    if post.sealed is None or post.author is None:
        return ""
    return str(unseal_value(post.sealed, place=text_place(post.id, post.author.code)))


def title_of(thread: Thread) -> str:
    """Return the title with placeholders. Raises KeyDestroyed after an erasure."""
    if thread.title_sealed is None or thread.author is None:
        return ""
    return str(unseal_value(thread.title_sealed, place=title_place(thread.id, thread.author.code)))


def typed_title(thread: Thread, opening: Post, faces: member_names.Faces | None = None) -> str:
    """Return the title with its names. Raises KeyDestroyed after an erasure."""
    title = title_of(thread)
    if not post_text.PLACE.search(title):
        return title
    faces = faces or member_names.Faces(thread.unit.course)
    return post_text.with_names(title, faces.names(opening.mentions.all()))


def text_place(row: UUID, subject: UUID) -> Place:
    return Place("discussion_post", "sealed", str(row), subject)


def title_place(row: UUID, subject: UUID) -> Place:
    return Place("discussion_thread", "title_sealed", str(row), subject)


def _without_names(
    unit: Unit, author: User, title: str, text: str
) -> tuple[str, str, post_text.NamedMembers]:
    """Return the title and the text of one post, which share one numbering of names."""
    members = member_names.members(unit.course, but=author)
    kept, named = post_text.without_names(f"{title}\n{text}", members)
    title, _newline, text = kept.partition("\n")
    return title, text, named


def _require_same(post: Post, title: str, sent_title: str, sent_text: str) -> None:
    if (title, text_of(post)) != (sent_title, sent_text):
        raise AlreadySent


def _write(
    thread: Thread,
    author: User,
    id: UUID,
    kept: str,
    named: post_text.NamedMembers,
    *,
    opens: bool,
    now: datetime,
) -> Post:
    sealed = seal(kept, text_place(id, author.code), now=now)
    post = Post.objects.create(
        id=id, thread=thread, author=author, opens=opens, sealed=sealed, made_at=now
    )
    _store_mentions(post, named, {})
    raise_version(thread)
    return post


def _store_mentions(
    post: Post, named: post_text.NamedMembers, seen: dict[int, datetime | None]
) -> None:
    """Store who is mentioned; people who have seen the earlier mention are not notified again.

    People who cannot read the thread are named, and not notified.
    """
    readers = member_names.readers_of(post.thread) if named else None
    rows: Sequence[Mention] = [
        Mention(
            post=post,
            person=person,
            number=number,
            called=called and (readers is None or person.pk in readers),
            seen_at=seen.get(person.pk),
        )
        for person, number, called in named
    ]
    Mention.objects.bulk_create(rows)


def _require_changeable(post: Post) -> tuple[User, Thread]:
    if post.author is None or post.sealed is None or post.deleted_at is not None:
        raise Unsendable(_(GONE))
    if post.hidden_at is not None:
        raise Unsendable(_("A teacher hid this post, so it cannot be edited or deleted."))
    if post.thread.locked:
        raise Unsendable(_("This thread is closed, so its posts cannot be edited or deleted."))
    return post.author, post.thread


def _check_title(title: str, empty: str) -> None:
    if not title.strip():
        raise Unsendable(empty)
    if (over := len(title) - LONGEST_TITLE) > 0:
        message = ngettext(
            "The title is {over} character too long. Make it shorter.",
            "The title is {over} characters too long. Make it shorter.",
            over,
        )
        raise Unsendable(message.format(over=over))


def check_text(text: str) -> None:
    """Raise Unsendable if the text is empty or too long."""
    if not text.strip():
        raise Unsendable(_("Write something first."))
    if (over := len(text) - LONGEST_TEXT) > 0:
        message = ngettext(
            "The text is {over} character too long. Make it shorter.",
            "The text is {over} characters too long. Make it shorter.",
            over,
        )
        raise Unsendable(message.format(over=over))
