"""The site's gate: closed while a restored database has data that was erased since (I-12)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings

from privacy.erasure.restore_check import RestoreWatch

Application = Callable[[Any, Any, Any], Awaitable[Any]]
TRY_AGAIN_LATER = 1013
MESSAGE = (
    b"This site was restored from a backup and is still forgetting again what was erased since.\n"
)


class MaintenanceGate:
    """Lets every request through, or only health checks and static files."""

    def __init__(self, application: Application, watch: RestoreWatch | None = None) -> None:
        self.application = application
        self.watch = watch or RestoreWatch()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if is_exempt(scope) or await self._is_open():
            return await self.application(scope, receive, send)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            return await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        return await _refuse(send)

    async def _is_open(self) -> bool:
        cached = self.watch.cached_answer()
        return await database_sync_to_async(self.watch.is_open)() if cached is None else cached


def is_exempt(scope: dict[str, Any]) -> bool:
    if scope["type"] == "http":
        return str(scope["path"]).startswith(("/health/", settings.STATIC_URL))
    return bool(scope["type"] != "websocket")


async def _refuse(send: Any) -> None:
    headers = [
        (b"content-type", b"text/plain"),
        (b"retry-after", b"30"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": MESSAGE})
