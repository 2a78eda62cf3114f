"""Sessions for sockets: read as one opens. What it says goes straight out; it sets no cookie."""

from __future__ import annotations

from typing import Any

from channels.auth import AuthMiddleware
from channels.sessions import CookieMiddleware, InstanceSessionWrapper, SessionMiddleware


class SocketSessions(SessionMiddleware):
    """Channels' own, which would look at the session before each message that is sent."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        session = InstanceSessionWrapper(scope, send)
        await session.resolve_session()
        inner: Any = self.inner
        return await inner(session.scope, receive, send)


def signed_in(sockets: Any) -> Any:
    """The sockets, told by the cookie whose page has opened them."""
    return CookieMiddleware(SocketSessions(AuthMiddleware(sockets)))
