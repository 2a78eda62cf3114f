"""`/steward/people/export/`: the list of people, or the part that is shown, as a CSV file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

import audit
from accounts import sessions
from accounts.access import require_recent, require_role
from stewardship import access
from stewardship.people.forms import FilterForm
from stewardship.people.roster import find_people, write_parts


@require_safe
@require_role("steward")
@require_recent
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Send the people who fit the filters of the list; the leaf has their number alone."""
    by, wanted = access.steward(request), FilterForm(request.GET).wanted()
    people = find_people(wanted)
    if request.method != "HEAD":
        count = {"people": people.count()}
        audit.record("people.export", actor=by.code, subject=None, public=count)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="people.csv"',
        "Cache-Control": "no-store",
    }
    parts = _while_signed_in(request.session.session_key, write_parts(people))
    return StreamingHttpResponse(parts, headers=headers)


async def _while_signed_in(key: str | None, parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the parts, each made outside the event loop.

    Raise CancelledError once the log-in has ended: the server then closes the connection, so a
    browser never takes a part of the file for the whole.
    """
    while (part := await sync_to_async(_make_next)(key, parts)) is not None:
        yield part


def _make_next(key: str | None, parts: Iterator[bytes]) -> bytes | None:
    log_in = sessions.find_open(key, timezone.now())
    if log_in is None or not log_in.user.has_role("steward"):
        raise asyncio.CancelledError("the log-in has ended")
    return next(parts, None)
