"""Pages and API requests: each in a slot and one thread, apart from the event loop.

So the event loop stays free, and Blocks are acknowledged while a class opens its lesson together.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections import Counter
from contextlib import nullcontext
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections

from accounts.remote_call import MOST_WAITING, RemoteCall, RemoteFailure, store_remote_answer
from config.server.concurrency_limit import RequestSlots
from push.per_event_loop import PerLoop

# Health checks are answered even when the site is busy.
NEVER_WAIT: Final = "/health/"
# Time limit for the answer of another server.
LONGEST_S: Final = 5

logger = logging.getLogger("config.server.http_handler")


class PageHandler(ASGIHandler):
    """Django's ASGI handler, in which requests wait for a slot."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = PerLoop(RequestSlots)
        self.waiting: Counter[str] = Counter()

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002
        """Load the middleware as synchronous: none of it awaits, and one call needs one thread."""
        super().load_middleware(is_async=False)

    async def read_body(self, receive: Any) -> Any:
        """Return the body in a file in the uploads folder, where Django uses the system's."""
        body = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - Django closes it with the request
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR
        )
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                body.close()
                raise RequestAborted
            body.write(message.get("body", b""))
            more = message.get("more_body", False)
        body.seek(0)
        return body

    async def get_response_async(self, request: Any) -> Any:
        response = await self._respond(request)
        if not isinstance(response, RemoteCall):
            return response
        # A connection must not be held while another server is working.
        await sync_to_async(close_old_connections, thread_sensitive=True)()
        store_remote_answer(request, await self._call_remote(response))
        return await self._respond(request)

    async def _respond(self, request: Any) -> Any:
        waits = not request.path_info.startswith(NEVER_WAIT)
        async with self.turns.current().turn() if waits else nullcontext():
            return await sync_to_async(self.get_response, thread_sensitive=True)(request)

    async def _call_remote(self, call: RemoteCall) -> object:
        """Await the answer outside the slots; RemoteFailure if it is late or too many wait."""
        kind = call.kind
        if self.waiting.total() >= MOST_WAITING or self.waiting[kind] >= call.most:
            return RemoteFailure()
        self.waiting[kind] += 1
        try:
            async with asyncio.timeout(LONGEST_S):
                return await call.ask()
        except TimeoutError:
            return RemoteFailure()
        except Exception:
            logger.exception("pages.question_failed")
            return RemoteFailure()
        finally:
            self.waiting[kind] -= 1
