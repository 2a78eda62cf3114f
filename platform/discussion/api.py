"""`/api/v1/units/<uuid>/discussion/…`: threads, replies, the accepted answer, reports.

Access checks and acts are those of the pages, but reading here marks nothing as read. Moderation
stays on the pages, where a Teacher sees the post they hide.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.access import current_user
from discussion.access import DiscussionReader, TestIsOpen, post_for, reader_of, thread_for
from discussion.models import Post, Thread
from discussion.moderation import post_reports
from discussion.posts import post_store
from discussion.posts.post_store import Unsendable
from discussion.serializers import (
    NewReply,
    NewReport,
    NewThread,
    ThreadDetail,
    ThreadListQuery,
    ThreadPage,
)
from discussion.threads import actions, thread_audience, thread_list, video_timestamp, view_model


class TestOpen(exceptions.APIException):
    status_code = 403
    default_detail = "The discussion of a test opens when no one can take the test any more."
    default_code = "test_is_open"


class UnprocessablePost(exceptions.APIException):
    status_code = 422
    default_code = "unsendable"


@api_view(["GET"])
def list_threads(request: Request, code: UUID) -> Response:
    """List the threads of a unit: pinned ones first, then by latest post."""
    reader = reader_for(request, code)
    query = _validate(ThreadListQuery, request.query_params)
    found = thread_list.page(reader, show=query["show"], number=query["page"])
    here = request.build_absolute_uri()
    page = {
        "next": found.older and replace_query_param(here, "page", str(found.older)),
        "previous": found.newer and replace_query_param(here, "page", str(found.newer)),
        "results": found.lines,
    }
    return Response(ThreadPage(page).data)


@api_view(["POST"])
def begin_thread(request: Request, code: UUID) -> Response:
    """Start a thread. Returns 201 when it was created, 200 when its id exists already."""
    reader, sent = reader_for(request, code), _validate(NewThread, request.data)
    new = not Thread.objects.filter(id=sent["id"]).exists()
    moment = sent.pop("moment")
    try:
        time_s = video_timestamp.second_of(reader.unit, moment)
        group = thread_audience.choose_group(reader, sent.pop("group"))
        found = post_store.begin_thread(
            reader.unit, reader.user, **sent, time_s=time_s, group=group, now=timezone.now()
        )
    except Unsendable as why:
        raise UnprocessablePost(str(why)) from why
    return _thread_response(reader, thread_for(reader, found.id), 201 if new else 200)


@api_view(["GET"])
def read_thread(request: Request, code: UUID, id: UUID) -> Response:
    """Return one thread with its posts in the order in which they were written."""
    reader = reader_for(request, code)
    return _thread_response(reader, thread_for(reader, id))


@api_view(["POST"])
def post_reply(request: Request, code: UUID, id: UUID) -> Response:
    """Post a reply. Returns 201 when it was created, 200 when its id exists already."""
    reader = reader_for(request, code)
    found, sent = thread_for(reader, id), _validate(NewReply, request.data)
    new = not Post.objects.filter(id=sent["id"]).exists()
    try:
        post_store.reply(found, reader.user, **sent, now=timezone.now())
    except Unsendable as why:
        raise UnprocessablePost(str(why)) from why
    return _thread_response(reader, found, 201 if new else 200)


@api_view(["POST", "DELETE"])
def accept_reply(request: Request, code: UUID, id: UUID, post: UUID) -> Response:
    """Mark a post as the accepted answer, or remove the mark. For the thread's author and
    Teachers."""
    reader = reader_for(request, code)
    found = thread_for(reader, id)
    act = "accept" if request.method == "POST" else "unaccept"
    try:
        actions.perform_act(reader, found, f"{act}:{post}", now=timezone.now())
    except Unsendable as why:
        raise UnprocessablePost(str(why)) from why
    return _thread_response(reader, found)


@api_view(["POST"])
def report_post(request: Request, code: UUID, id: UUID, post: UUID) -> Response:
    """Report a post to the Teachers, who do not see the reporter's name."""
    reader = reader_for(request, code)
    found, sent = post_for(thread_for(reader, id), post), _validate(NewReport, request.data)
    if view_model.state_of(found, reader, now=timezone.now()) != view_model.STANDS:
        raise UnprocessablePost(_(post_store.GONE))
    try:
        post_reports.report(found, reader.user, why=sent["why"], now=timezone.now())
    except Unsendable as why:
        raise UnprocessablePost(str(why)) from why
    return Response(status=204)


def reader_for(request: Request, code: UUID) -> DiscussionReader:
    """Return the reader, as the pages do: 404 to strangers, 403 while a test can be taken."""
    try:
        return reader_of(current_user(request), code, now=timezone.now())
    except TestIsOpen as closed:
        raise TestOpen from closed


def _validate(shape: type[serializers.Serializer[Any]], sent: Any) -> dict[str, Any]:
    read = shape(data=sent)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _thread_response(reader: DiscussionReader, thread: Thread, status: int = 200) -> Response:
    view = view_model.thread_view(reader, thread, now=timezone.now())
    return Response(ThreadDetail(view).data, status=status)
