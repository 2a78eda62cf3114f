"""Finds the session that opens a socket: one query for all sockets that open at the same moment.

It is read once per socket; a socket sets no cookie.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.sessions import CookieMiddleware
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import session_store
from config.server.origin_check import Application
from realtime.batch_loader import batch_queries


class SocketSessionMiddleware:
    """Puts `log_in` and `user` of the session cookie into the scope.

    Channels' own middleware would query twice, and check the session before each message that is
    sent.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        key = scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        log_in = await _find_session(key) if key else None
        user = log_in.user if log_in else AnonymousUser()
        return await self.application({**scope, "log_in": log_in, "user": user}, receive, send)


def _find_sessions(keys: list[str]) -> Mapping[str, Session | None]:
    return session_store.find_open_by_key(keys, timezone.now())


def with_sessions(sockets: Any) -> Any:
    """Wrap the sockets, so that each knows the session of the page that opened it."""
    return CookieMiddleware(SocketSessionMiddleware(sockets))


_find_session = batch_queries(_find_sessions)
