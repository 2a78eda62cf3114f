"""One thread as its page shows it to one reader, with what they may do in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from discussion.access import DiscussionReader, is_author
from discussion.erasure import UNDO_WITHIN
from discussion.models import Helpful, Mention, Post, Thread
from discussion.posts import post_store, post_text
from discussion.posts.member_names import Faces, MemberFace
from discussion.threads.thread_audience import ThreadAudience, audience_of
from discussion.threads.titles import title_for
from vault.errors import KeyDestroyed

# States of a post: visible, or one of the reasons why only its place remains.
STANDS, DELETED, UNDO, HIDDEN, LEFT = "stands", "deleted", "undo", "hidden", "left"
WHY_HIDDEN = {
    "answer": gettext_noop("it gives away an answer"),
    "unkind": gettext_noop("it is unkind"),
    "private": gettext_noop("it shares private information"),
    "elsewhere": gettext_noop("it is off topic"),
}


@dataclass(frozen=True, slots=True)
class PostView:
    """One post. `state` says whether it is visible; only Teachers get the text of a hidden one."""

    id: UUID
    who: MemberFace
    at: datetime
    edited_at: datetime | None
    state: str
    html: SafeString
    why: str
    opens: bool
    own: bool
    accepted: bool
    helpful: int
    marked: bool
    can_change: bool
    can_accept: bool


@dataclass(frozen=True, slots=True)
class ThreadView:
    """The thread with its posts, in the order in which they were written."""

    id: UUID
    title: str
    who: MemberFace
    moment: float | None
    pinned: bool
    locked: bool
    posts: tuple[PostView, ...]
    asker: bool
    teaches: bool
    audience: ThreadAudience

    @property
    def has_answer(self) -> bool:
        return any(post.accepted for post in self.posts)


def thread_view(reader: DiscussionReader, thread: Thread, *, now: datetime) -> ThreadView:
    faces = Faces(reader.unit.course)
    named = Prefetch("mentions", Mention.objects.select_related("person"))
    rows = thread.posts.select_related("author").prefetch_related(named)
    posts = list(rows.order_by("-opens", "made_at", "id"))
    marks, asker = _marks(posts), is_author(reader.user, thread)
    views = [_post_view(reader, thread, post, faces, marks[post.pk], now) for post in posts]
    return ThreadView(
        id=thread.pk,
        title=title_for(
            reader.user,
            thread,
            teaches=reader.teaches,
            opening=posts[0] if posts else None,
            faces=faces,
        ),
        who=faces.face_of(thread.author),
        moment=thread.time_s,
        pinned=thread.pinned,
        locked=thread.locked,
        posts=tuple(each for each in views if each.opens or each.state != DELETED),
        asker=asker,
        teaches=reader.teaches,
        audience=audience_of(thread),
    )


def as_typed(post: Post) -> str:
    """Return the text with its names, for its author to edit."""
    names = Faces(post.thread.unit.course).names(post.mentions.select_related("person"))
    return post_text.with_names(post_store.text_of(post), names)


def state_of(post: Post, reader: DiscussionReader, *, now: datetime) -> str:
    if post.author is None or not post.author.is_active:
        return LEFT
    if post.deleted_at is not None:
        fresh = post.sealed is not None and now < post.deleted_at + UNDO_WITHIN
        return UNDO if fresh and is_author(reader.user, post) else DELETED
    return HIDDEN if post.hidden_at is not None else STANDS


def _post_view(
    reader: DiscussionReader,
    thread: Thread,
    post: Post,
    faces: Faces,
    marks: set[int],
    now: datetime,
) -> PostView:
    state = state_of(post, reader, now=now)
    own, stands = is_author(reader.user, post), state == STANDS
    readable = stands or (state == HIDDEN and (reader.teaches or own))
    return PostView(
        id=post.pk,
        who=faces.face_of(post.author),
        at=post.made_at,
        edited_at=post.edited_at,
        state=state,
        html=_html(post, faces) if readable else SafeString(),
        why=_(WHY_HIDDEN[post.hidden_why]) if post.hidden_why else "",
        opens=post.opens,
        own=own,
        accepted=stands and post.accepted,
        helpful=len(marks),
        marked=reader.user.pk in marks,
        can_change=own and stands and not thread.locked,
        can_accept=stands and not post.opens and (reader.teaches or is_author(reader.user, thread)),
    )


def _html(post: Post, faces: Faces) -> SafeString:
    try:
        return post_text.html_of(post_store.text_of(post), faces.names(post.mentions.all()))
    except KeyDestroyed:
        return SafeString()


def _marks(posts: list[Post]) -> dict[UUID, set[int]]:
    """Return by post the pks of the people it helped."""
    found: dict[UUID, set[int]] = defaultdict(set)
    for post, person in Helpful.objects.filter(post__in=posts).values_list("post", "person"):
        found[post].add(person)
    return found
