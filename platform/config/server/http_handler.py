"""Pages and requests of the API: each in its turn and in one thread, so that the event loop has its
own and Blocks are acknowledged while a class opens its lesson together."""

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
from config.server.concurrency_limit import Turns
from push.per_event_loop import PerLoop

# Whoever asks whether the site is well is told so when it is busy, too.
NEVER_WAIT: Final = "/health/"
# How long an answer of another server is awaited.
LONGEST_S: Final = 5

logger = logging.getLogger("config.server.http_handler")


class Pages(ASGIHandler):
    """Django's own handler, in which requests wait for their turns."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = PerLoop(Turns)
        self.waiting: Counter[str] = Counter()

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002
        """None of ours awaits: as one call they need one thread, and not one for every change."""
        super().load_middleware(is_async=False)

    async def read_body(self, receive: Any) -> Any:
        """Return the body in a file where uploads lie: Django's own lies in the system's folder."""
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
        # A connection must not be kept while another server thinks.
        await sync_to_async(close_old_connections, thread_sensitive=True)()
        store_remote_answer(request, await self._hear(response))
        return await self._respond(request)

    async def _respond(self, request: Any) -> Any:
        waits = not request.path_info.startswith(NEVER_WAIT)
        async with self.turns.current().turn() if waits else nullcontext():
            return await sync_to_async(self.get_response, thread_sensitive=True)(request)

    async def _hear(self, question: RemoteCall) -> object:
        """Await the answer outside the turns; RemoteFailure where it is late or too many wait."""
        kind = question.kind
        if self.waiting.total() >= MOST_WAITING or self.waiting[kind] >= question.most:
            return RemoteFailure()
        self.waiting[kind] += 1
        try:
            async with asyncio.timeout(LONGEST_S):
                return await question.ask()
        except TimeoutError:
            return RemoteFailure()
        except Exception:
            logger.exception("pages.question_failed")
            return RemoteFailure()
        finally:
            self.waiting[kind] -= 1
