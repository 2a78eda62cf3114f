"""`…/posts/<uuid>/<act>/`: the page on which one post is changed, reported or hidden.

A page of its own, so that a half-written text stands in no part of a page that others change.
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

from discussion import flags, moderating, posting, showing
from discussion.access import Reader, post_for, require_author, require_teacher, thread_for
from discussion.models import Post
from discussion.pages import around, for_members
from discussion.posting import Unsendable
from discussion.thread_page import url_of
from discussion.titles import title_for

Allow = Callable[[Reader, Post], object]
Send = Callable[[HttpRequest, Reader, Post, datetime], object]


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def post(request: HttpRequest, reader: Reader, id: UUID, post: UUID, act: str) -> HttpResponse:
    """The form, and sending it; a refusal keeps what was typed (422)."""
    found = post_for(thread_for(reader, id), post)
    if act not in FORMS:
        raise Http404
    allow, send = FORMS[act]
    allow(reader, found)
    if showing.state_of(found, reader, now=timezone.now()) != showing.STANDS:
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
    request: HttpRequest, reader: Reader, found: Post, act: str, problem: str
) -> HttpResponse:
    if problem or act != "edit":
        filled = {name: request.POST.get(name, "") for name in ("title", "text", "why")}
    else:
        title = title_for(reader.user, found.thread, teaches=reader.teaches)
        filled = {"title": title, "text": showing.as_typed(found)}
    context = {
        "around": around(reader),
        "post": found,
        "back": url_of(found.thread, found),
        "problem": problem,
        "filled": filled,
        "reasons": [(code, _(words)) for code, words in showing.WHY_HIDDEN.items()],
        "longest": {
            "title": posting.LONGEST_TITLE,
            "text": posting.LONGEST_TEXT,
            "why": flags.LONGEST_REASON,
        },
    }
    template = f"discussion/{act}.html"
    return render(request, template, context, status=422 if problem else 200)


def _edit(request: HttpRequest, _reader: Reader, found: Post, now: datetime) -> None:
    title = request.POST.get("title", "") if found.opens else None
    posting.edit(found, text=request.POST.get("text", ""), title=title, now=now)


def _report(request: HttpRequest, reader: Reader, found: Post, now: datetime) -> None:
    flags.report(found, reader.user, why=request.POST.get("why", ""), now=now)


def _hide(request: HttpRequest, reader: Reader, found: Post, now: datetime) -> None:
    moderating.hide(found, request.POST.get("why", ""), by=reader.user, now=now)


def _anybody(_reader: Reader, _post: Post) -> None:
    """Every member may report."""


FORMS: dict[str, tuple[Allow, Send]] = {
    "edit": (lambda reader, found: require_author(reader.user, found), _edit),
    "report": (_anybody, _report),
    "hide": (lambda reader, _found: require_teacher(reader), _hide),
}
