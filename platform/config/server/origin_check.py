"""A socket opens only for a page of ours: its Origin must be the very address it calls (T2).

Browsers write the Origin by themselves, in one spelling; every other spelling is refused, so
nothing here is normalised. Where the site has HTTPS, a socket in clear is refused as well.

A socket with an Authorization header is a program's, for no page can set one: it is asked for its
token instead, and its cookies count for nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

Application = Callable[[Any, Any, Any], Awaitable[Any]]
Headers = Iterable[tuple[bytes, bytes]]


# Design §6: accept first, then close, so that the page learns the code.
NO_ACCESS = 4403


class ExactOrigin:
    """Closes a socket without Origin, or with another one, before anything is read from it;
    `by_token` is for those that come with a token."""

    def __init__(self, application: Application, *, by_token: Application | None = None) -> None:
        self.application = application
        self.by_token = by_token

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        secure = is_secure(scope)
        if settings.HTTPS and not secure:
            # No accept: nothing may be said over a line that others can read.
            await receive()
            return await send({"type": "websocket.close"})
        if self.by_token is not None and _values(scope["headers"], b"authorization"):
            return await self.by_token(scope, receive, send)
        if allowed(scope["headers"], secure=secure, trusted=settings.CSRF_TRUSTED_ORIGINS):
            return await self.application(scope, receive, send)
        await receive()
        await send({"type": "websocket.accept"})
        return await send({"type": "websocket.close", "code": NO_ACCESS})


def is_secure(scope: dict[str, Any]) -> bool:
    """By the server's own word or, as for pages, the proxy's where the site has HTTPS."""
    if scope.get("scheme") == "wss":
        return True
    said = _values(scope["headers"], b"x-forwarded-proto")
    return settings.SECURE_PROXY_SSL_HEADER is not None and said == ["https"]


def allowed(headers: Headers, *, secure: bool, trusted: Iterable[str]) -> bool:
    """Scheme, host and port of the request itself, or one of the origins named in the settings."""
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
    """The host alone, without anything a browser would not write into an Origin."""
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
