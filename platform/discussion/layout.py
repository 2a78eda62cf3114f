"""The frame that all pages of a discussion share, and the form for writing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from accounts.access import current_user, require_person
from accounts.keyed_hash import keyed_digest
from consent.legal_profiles import profiles
from courses import availability
from discussion.access import DiscussionReader, TestIsOpen, reader_of
from discussion.posts.post_store import LONGEST_TEXT, LONGEST_TITLE, AlreadySent, Unsendable
from telemetry import sittings

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class DiscussionFrame:
    """What the frame of a discussion page shows.

    `sits`: whether the page is a Sitting of the reader. `asks_first`: the site's rules hide the
    report buttons until the Learner asks for them. `drafts`: a key that separates the stored drafts
    of two people who share a browser.
    """

    code: str
    unit: str
    unit_url: str
    course: str
    course_url: str
    lang: str
    url: str
    sits: bool
    asks_first: bool
    teaches: bool
    video: bool
    live: bool
    drafts: str


@dataclass(frozen=True, slots=True)
class PostDraft:
    """Contents of the writing form: empty, or as sent, with the problem that stopped it.

    `id` is the identity of the row that it will create.
    """

    id: str
    title: str = ""
    text: str = ""
    moment: str = ""
    problem: str = ""
    group: str = ""
    longest_title: int = LONGEST_TITLE
    longest_text: int = LONGEST_TEXT


def for_members(view: View) -> View:
    """Decorate `view(request, reader, …)`: only members of the course, and not during a test."""

    @require_person
    @wraps(view)
    def guarded(request: HttpRequest, code: UUID, **more: Any) -> HttpResponseBase:
        try:
            reader = reader_of(current_user(request), code, now=timezone.now())
        except TestIsOpen as closed:
            context = {"unit": closed.unit, "due_at": availability.find_last_due(closed.unit)}
            return render(request, "discussion/closed.html", context, status=403)
        return view(request, reader, **more)

    return guarded


def frame_of(reader: DiscussionReader) -> DiscussionFrame:
    unit = reader.unit
    return DiscussionFrame(
        code=str(unit.code),
        unit=unit.title,
        unit_url=f"/units/{unit.code}/",
        course=unit.course.title,
        course_url=f"/courses/{unit.course.slug}/",
        lang=unit.course.language,
        url=f"/units/{unit.code}/discussion/",
        sits="discussion" in sittings.scenarios_of(unit) and reader.learns,
        asks_first=profiles.folds_reports(),
        teaches=reader.teaches,
        video=unit.kind == "video",
        live=finders.find("vendor/htmx.min.js") is not None,
        drafts=keyed_digest("drafts", str(reader.user.code))[:16],
    )


def new_draft(moment: str = "") -> PostDraft:
    return PostDraft(str(uuid4()), moment=moment)


def sent_draft(request: HttpRequest, problem: Unsendable) -> PostDraft:
    """Return the form as it was sent, so that its author can correct it."""
    title, text, moment = (request.POST.get(name, "") for name in ("title", "text", "moment"))
    group = request.POST.get("group", "")
    return PostDraft(str(next_id(request, problem)), title, text, moment, str(problem), group)


def sent_id(request: HttpRequest) -> UUID:
    """Return the id that the form sent; a new one if it is invalid."""
    try:
        return UUID(request.POST.get("id", ""))
    except ValueError:
        return uuid4()


def next_id(request: HttpRequest, problem: Unsendable | None) -> UUID:
    """Return the id for sending a refused form again: a new one if a text with it was sent."""
    taken = problem is None or isinstance(problem, AlreadySent)
    return uuid4() if taken else sent_id(request)


def live_part(request: HttpRequest, state: str, html: Callable[[], str]) -> HttpResponse:
    """Respond to the polling of a page fragment.

    Responds with 304 while `state` is the same, so that nothing is unsealed for an unchanged
    fragment.
    """
    content_key = f"{get_language()} {timezone.get_current_timezone_name()} {state}"
    tag = f'"{hashlib.sha256(content_key.encode()).hexdigest()[:32]}"'
    same = request.headers.get("If-None-Match") == tag
    response = HttpResponse(status=304) if same else HttpResponse(html())
    response["ETag"] = tag
    return response
