"""`…/posts/<uuid>/<act>/`: the page that edits, reports or hides one post.

It is a page of its own, so that the polling of the thread never replaces a half-written text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from discussion.access import (
    DiscussionReader,
    post_for,
    require_author,
    require_teacher,
    thread_for,
)
from discussion.layout import for_members, frame_of
from discussion.models import Post
from discussion.moderation import hidden_posts, post_reports
from discussion.posts import post_store
from discussion.posts.post_store import Unsendable
from discussion.threads import view_model
from discussion.threads.thread_views import url_of
from discussion.threads.titles import title_for

Allow = Callable[[DiscussionReader, Post], object]
Send = Callable[[HttpRequest, DiscussionReader, Post, datetime], object]


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def post(
    request: HttpRequest, reader: DiscussionReader, id: UUID, post: UUID, act: str
) -> HttpResponse:
    """Show the form and process it; a refusal keeps the input and returns 422."""
    found = post_for(thread_for(reader, id), post)
    if act not in FORMS:
        raise Http404
    allow, send = FORMS[act]
    allow(reader, found)
    if view_model.state_of(found, reader, now=timezone.now()) != view_model.STANDS:
        return redirect(url_of(found.thread))
    problem = ""
    if request.method == "POST":
        try:
            send(request, reader, found, timezone.now())
        except Unsendable as why:
            problem = str(why)
        else:
            return redirect(url_of(found.thread, found))
    return _form(request, reader, found, act, problem)


def _form(
    request: HttpRequest, reader: DiscussionReader, found: Post, act: str, problem: str
) -> HttpResponse:
    if problem or act != "edit":
        filled = {name: request.POST.get(name, "") for name in ("title", "text", "why")}
    else:
        title = title_for(reader.user, found.thread, teaches=reader.teaches)
        filled = {"title": title, "text": view_model.as_typed(found)}
    context = {
        "around": frame_of(reader),
        "post": found,
        "back": url_of(found.thread, found),
        "problem": problem,
        "filled": filled,
        "reasons": [(code, _(words)) for code, words in view_model.WHY_HIDDEN.items()],
        "longest": {
            "title": post_store.LONGEST_TITLE,
            "text": post_store.LONGEST_TEXT,
            "why": post_reports.LONGEST_REASON,
        },
    }
    template = f"discussion/{act}.html"
    return render(request, template, context, status=422 if problem else 200)


def _edit(request: HttpRequest, _reader: DiscussionReader, found: Post, now: datetime) -> None:
    title = request.POST.get("title", "") if found.opens else None
    post_store.edit(found, text=request.POST.get("text", ""), title=title, now=now)


def _report(request: HttpRequest, reader: DiscussionReader, found: Post, now: datetime) -> None:
    post_reports.report(found, reader.user, why=request.POST.get("why", ""), now=now)


def _hide(request: HttpRequest, reader: DiscussionReader, found: Post, now: datetime) -> None:
    hidden_posts.hide(found, request.POST.get("why", ""), by=reader.user, now=now)


def _allow_everyone(_reader: DiscussionReader, _post: Post) -> None:
    """Allow everyone: every member may report."""


FORMS: dict[str, tuple[Allow, Send]] = {
    "edit": (lambda reader, found: require_author(reader.user, found), _edit),
    "report": (_allow_everyone, _report),
    "hide": (lambda reader, _found: require_teacher(reader), _hide),
}
