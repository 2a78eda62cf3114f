"""Who opened a socket: read once as it opens, with all that open in the same moment by one
question; a socket sets no cookie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts import sessions
from accounts.models import User
from classroom.gathered import Gathered
from config.origins import Application
from push.per_loop import PerLoop


class SocketOwner:
    """Puts the `user` of the session's cookie into the scope. Channels' own would ask twice, and
    look at the session before each message that is sent."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        key = scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        found = await _of_loop.here().ask(key) if key else None
        return await self.application({**scope, "user": found or AnonymousUser()}, receive, send)


async def _look(keys: list[str]) -> Mapping[str, User | None]:
    return await database_sync_to_async(sessions.owners)(keys, timezone.now())


def signed_in(sockets: Any) -> Any:
    """The sockets, told by the cookie whose page has opened them."""
    return CookieMiddleware(SocketOwner(sockets))


_of_loop: PerLoop[Gathered[str, User | None]] = PerLoop(lambda: Gathered(_look))
