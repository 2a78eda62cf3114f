"""Which log-in opened a socket: read once as it opens, with all that open in the same moment by one
question; a socket sets no cookie."""

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
from realtime.batch_loader import visiting


class SocketOwner:
    """Puts the `log_in` of the session's cookie into the scope, and its `user`. Channels' own would
    ask twice, and look at the session before each message that is sent."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        key = scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        log_in = await _open(key) if key else None
        user = log_in.user if log_in else AnonymousUser()
        return await self.application({**scope, "log_in": log_in, "user": user}, receive, send)


def _look(keys: list[str]) -> Mapping[str, Session | None]:
    return session_store.find_open_by_key(keys, timezone.now())


def signed_in(sockets: Any) -> Any:
    """The sockets, told by the cookie whose page has opened them."""
    return CookieMiddleware(SocketOwner(sockets))


_open = visiting(_look)
