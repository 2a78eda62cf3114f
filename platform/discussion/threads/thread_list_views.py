"""`/units/<uuid>/discussion/`: list the threads of a Unit and start one."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from discussion.access import DiscussionReader, threads_visible_to
from discussion.layout import for_members, frame_of, live_part, new_draft, sent_draft, sent_id
from discussion.posts import member_names, post_store
from discussion.posts.post_store import Unsendable
from discussion.threads import read_state, thread_audience, thread_list, video_timestamp

LONGEST_SEARCH = 200


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def discussion(request: HttpRequest, reader: DiscussionReader) -> HttpResponse:
    """Show the list. Search words are posted, so that no URL contains them."""
    return _page(request, reader)


@require_safe
@for_members
def live(request: HttpRequest, reader: DiscussionReader) -> HttpResponse:
    """Return the list fragment; 304 while no thread has changed."""
    found = threads_visible_to(reader.user).filter(unit=reader.unit)
    group = ("group__name", "group__deleted_at")
    rows = found.order_by("pk").values_list("pk", "version", *group)
    state = f"{reader.user.code} {_read_query(request)} {list(rows)}"
    return live_part(
        request,
        state,
        lambda: render_to_string("discussion/_list.html", _list_context(request, reader)),
    )


@require_POST
@for_members
def begin(request: HttpRequest, reader: DiscussionReader) -> HttpResponse:
    """Start a thread; invalid input returns with 422, the problem and the text as typed."""
    try:
        thread = post_store.begin_thread(
            reader.unit,
            reader.user,
            id=sent_id(request),
            title=request.POST.get("title", ""),
            text=request.POST.get("text", ""),
            time_s=video_timestamp.second_of(reader.unit, request.POST.get("moment", "")),
            group=thread_audience.choose_group(reader, request.POST.get("group", "")),
            now=timezone.now(),
        )
    except Unsendable as why:
        return _page(request, reader, problem=why)
    return redirect("discussion:thread", code=reader.unit.code, id=thread.id)


@require_POST
@for_members
def mark_all_read(_request: HttpRequest, reader: DiscussionReader) -> HttpResponse:
    """Mark all threads of the Unit as read."""
    read_state.mark_all_read(reader.user, reader.unit, now=timezone.now())
    return redirect("discussion:list", code=reader.unit.code)


@require_safe
@for_members
def list_names(request: HttpRequest, reader: DiscussionReader) -> HttpResponse:
    """Return the names that can be mentioned; requested when a user types an @."""
    found = [name for _, name in member_names.members(reader.unit.course, but=reader.user)]
    return render(request, "discussion/_names.html", {"names": dict.fromkeys(found)})


def _page(
    request: HttpRequest, reader: DiscussionReader, problem: Unsendable | None = None
) -> HttpResponse:
    time = video_timestamp.time_from_url(request.GET.get("t", ""))
    draft = sent_draft(request, problem) if problem else new_draft(moment=time)
    context = {
        "around": frame_of(reader),
        "draft": draft,
        "shows": thread_list.SHOWS,
        "groups": thread_audience.list_choices(reader),
        **_list_context(request, reader),
    }
    return render(request, "discussion/list.html", context, status=422 if problem else 200)


def _list_context(request: HttpRequest, reader: DiscussionReader) -> dict[str, object]:
    show, number = _read_query(request)
    words = request.POST.get("words", "").strip()[:LONGEST_SEARCH]
    if words:
        found = thread_list.search(reader, words, show=show)
    else:
        found = thread_list.page(reader, show=show, number=number)
    new = sum(read_state.new_post_counts(reader.user, reader.unit).values())
    return {
        "found": found,
        "show": show,
        "number": number,
        "words": words,
        "new": new,
        "around": frame_of(reader),
    }


def _read_query(request: HttpRequest) -> tuple[str, int]:
    """Return the filter and the page number of the list."""
    show, number = request.GET.get("show", ""), request.GET.get("page", "")
    known = show if show in dict(thread_list.SHOWS) else "all"
    return known, int(number) if re.fullmatch(r"[1-9]\d{0,4}", number) else 1
