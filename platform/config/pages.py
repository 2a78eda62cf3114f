"""Pages and requests of the API: so many at a time and each in one thread, that the event loop has
its turn and Blocks are acknowledged while a class opens its lesson together."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler

from push.per_loop import PerLoop

# Threads share one interpreter with the sockets: each that runs takes a part of it from them, and
# beyond a few they finish no page sooner.
AT_ONCE: Final = 3
# Whoever asks whether the site is well is told so when it is busy, too.
NEVER_WAIT: Final = "/health/"


class Pages(ASGIHandler):
    """Django's own handler; who comes while `AT_ONCE` requests are worked on waits in order."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = PerLoop(lambda: asyncio.Semaphore(AT_ONCE))

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002
        """None of ours awaits: as one call they need one thread, and not one for every change."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: Any) -> Any:
        waits = not request.path_info.startswith(NEVER_WAIT)
        async with self.turns.here() if waits else nullcontext():
            return await sync_to_async(self.get_response, thread_sensitive=True)(request)
