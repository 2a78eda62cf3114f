"""Responses sent in parts, for as long as the session that asked for them is open.

A video or a data export may take minutes to send. The session is checked as for open pages
(`accounts.sessions.session_watch`); once it has ended, no further part is read or made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from accounts.sessions import session_store
from accounts.sessions.session_watch import WatchedPage, current_watch


def stream_response(
    request: HttpRequest,
    parts: AsyncGenerator[bytes],
    *,
    headers: dict[str, str],
    status: int = 200,
) -> StreamingHttpResponse:
    """Return these parts as a response that breaks off when the session of the request ends."""
    key = request.session.session_key
    return StreamingHttpResponse(stream_while_signed_in(key, parts), status=status, headers=headers)


async def stream_while_signed_in(
    key: str | None, parts: AsyncGenerator[bytes]
) -> AsyncIterator[bytes]:
    """Yield the parts; raise CancelledError instead of the next one once the session has ended.

    The server then closes the connection, so no browser takes a part of a file for the whole.
    """
    follower = _SessionFollower()
    try:
        async with aclosing(parts):
            first = True
            async for part in parts:
                # The request itself was just authorised; most responses have a single part.
                if not first and not await follower.is_open(key):
                    raise asyncio.CancelledError("the sign-in has ended")
                first = False
                yield part
    finally:
        follower.stop()


async def iterate_in_thread(parts: Iterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the parts, each made outside the event loop in the request's own thread."""
    while (part := await sync_to_async(_take_next)(parts)) is not None:
        yield part


def _take_next(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)


class _SessionFollower:
    """Follows one session through the watch, from the first check on."""

    entry: WatchedPage | None = None
    ended = False

    async def is_open(self, key: str | None) -> bool:
        if self.entry is None and not self.ended:
            log_in = await database_sync_to_async(session_store.find_open)(key, timezone.now())
            if log_in is None:
                self.ended = True
            else:
                self.entry = current_watch().enter(log_in, self._mark_ended)
        return not self.ended

    async def _mark_ended(self, _code: int) -> None:
        self.ended = True

    def stop(self) -> None:
        if self.entry is not None:
            current_watch().exit(self.entry)
