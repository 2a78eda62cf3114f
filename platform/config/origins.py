"""A socket opens only for a page of ours: its Origin must be the very host it calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

Application = Callable[[Any, Any, Any], Awaitable[Any]]


# Design §6: accept first, then close, so that the page learns the code.
NO_ACCESS = 4403


class ExactOrigin:
    """Closes a socket without Origin, or with another one, before anything is read from it."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if allowed(scope["headers"], trusted=settings.CSRF_TRUSTED_ORIGINS):
            return await self.application(scope, receive, send)
        await receive()
        await send({"type": "websocket.accept"})
        return await send({"type": "websocket.close", "code": NO_ACCESS})


def allowed(headers: Iterable[tuple[bytes, bytes]], *, trusted: Iterable[str]) -> bool:
    """Same host and port as the request's, or one of the origins named in the settings."""
    found = {name.lower(): value.decode("latin-1") for name, value in headers}
    origin, host = found.get(b"origin", ""), found.get(b"host", "")
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    if origin in trusted:
        return True
    if parts.netloc != host or (settings.HTTPS and parts.scheme != "https"):
        return False
    return validate_host(parts.hostname or "", [h.strip("[]") for h in settings.ALLOWED_HOSTS])
