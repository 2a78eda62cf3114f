"""Accepts a socket only from our own pages: its Origin must be the address it calls (T2).

Browsers set the Origin themselves, in one spelling; every other spelling is refused, so nothing is
normalised. If the site uses HTTPS, an unencrypted socket is refused too. A socket with an
Authorization header belongs to a program, because no page can set one. It is authenticated by its
token instead, and its cookies are ignored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

Application = Callable[[Any, Any, Any], Awaitable[Any]]
Headers = Iterable[tuple[bytes, bytes]]


# Design §6: accept first, then close, so that the page receives the code.
NO_ACCESS = 4403


class OriginCheck:
    """Closes a socket with a missing or other Origin before reading from it.

    `by_token` handles sockets with a token.
    """

    def __init__(self, application: Application, *, by_token: Application | None = None) -> None:
        self.application = application
        self.by_token = by_token

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        secure = is_secure(scope)
        if settings.HTTPS and not secure:
            # Not accepted: nothing may be sent over a line that others can read.
            await receive()
            return await send({"type": "websocket.close"})
        if self.by_token is not None and _values(scope["headers"], b"authorization"):
            return await self.by_token(scope, receive, send)
        if is_allowed_origin(
            scope["headers"], secure=secure, trusted=settings.CSRF_TRUSTED_ORIGINS
        ):
            return await self.application(scope, receive, send)
        await receive()
        await send({"type": "websocket.accept"})
        return await send({"type": "websocket.close", "code": NO_ACCESS})


def is_secure(scope: dict[str, Any]) -> bool:
    """Return whether the connection is encrypted, by the server or, as for pages, the proxy."""
    if scope.get("scheme") == "wss":
        return True
    forwarded = _values(scope["headers"], b"x-forwarded-proto")
    return settings.SECURE_PROXY_SSL_HEADER is not None and forwarded == ["https"]


def is_allowed_origin(headers: Headers, *, secure: bool, trusted: Iterable[str]) -> bool:
    """Return whether the Origin is that of the request itself, or trusted in the settings."""
    headers = list(headers)
    origins, hosts = _values(headers, b"origin"), _values(headers, b"host")
    if len(origins) != 1 or len(hosts) != 1:
        return False
    if origins[0] in trusted:
        return origins[0].startswith("https://" if settings.HTTPS else ("http://", "https://"))
    if origins[0] != f"{'https' if secure else 'http'}://{hosts[0]}":
        return False
    return _is_ours(origins[0], settings.ALLOWED_HOSTS)


def _is_ours(origin: str, hosts: Sequence[str]) -> bool:
    """Return whether the origin is only our host, without parts that no browser sends."""
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        plain = host if parts.port is None else f"{host}:{parts.port}"
    except ValueError:
        return False
    exact = origin.isascii() and parts.netloc.replace("[", "").replace("]", "") == plain
    return exact and validate_host(host, [name.strip("[]") for name in hosts])


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]
