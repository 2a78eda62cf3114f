"""`/units/<uuid>/discussion/threads/<uuid>/`: one thread, replies to it, and acts on it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from discussion.access import DiscussionReader, thread_for
from discussion.layout import for_members, frame_of, live_part, new_draft, sent_draft, sent_id
from discussion.models import Post, Thread
from discussion.posts import post_store
from discussion.posts.post_store import Unsendable
from discussion.threads import actions, read_state, view_model
from discussion.threads.thread_audience import audience_of


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def thread(request: HttpRequest, reader: DiscussionReader, id: UUID) -> HttpResponse:
    """Show the page, or post a reply."""
    found = thread_for(reader, id)
    if request.method != "POST":
        return _page(request, reader, found)
    typed = request.POST.get("text", "")
    try:
        post = post_store.reply(
            found, reader.user, id=sent_id(request), text=typed, now=timezone.now()
        )
    except Unsendable as why:
        return _page(request, reader, found, problem=why)
    return redirect(url_of(found, post))


@require_safe
@for_members
def live(request: HttpRequest, reader: DiscussionReader, id: UUID) -> HttpResponse:
    """Return the thread fragment and mark it as read; 304 while it has not changed."""
    found = thread_for(reader, id)
    response = live_part(
        request,
        f"{reader.user.code} {found.version} {audience_of(found)}",
        lambda: render_to_string("discussion/_thread.html", _thread_context(reader, found)),
    )
    if response.status_code != 304:
        read_state.mark_read(reader.user, found, now=timezone.now())
    return response


@require_POST
@for_members
def act(request: HttpRequest, reader: DiscussionReader, id: UUID) -> HttpResponse:
    """Perform one act: mark, accept, delete, restore, show, lock or pin."""
    found = thread_for(reader, id)
    try:
        actions.perform_act(reader, found, request.POST.get("do", ""), now=timezone.now())
    except Unsendable as why:
        return _page(request, reader, found, problem=why)
    return redirect(url_of(found))


def url_of(thread: Thread, post: Post | None = None) -> str:
    url = reverse("discussion:thread", args=[thread.unit.code, thread.id])
    return f"{url}#p-{post.id}" if post else url


def _page(
    request: HttpRequest,
    reader: DiscussionReader,
    thread: Thread,
    problem: Unsendable | None = None,
) -> HttpResponse:
    now = timezone.now()
    context = {
        **_thread_context(reader, thread),
        "draft": sent_draft(request, problem) if problem else new_draft(),
    }
    read_state.mark_read(reader.user, thread, now=now)
    status = 422 if problem else 200
    return render(request, "discussion/thread.html", context, status=status)


def _thread_context(reader: DiscussionReader, thread: Thread) -> dict[str, object]:
    return {
        "around": frame_of(reader),
        "thread": view_model.thread_view(reader, thread, now=timezone.now()),
        "zone": timezone.get_current_timezone_name(),
    }
