"""A socket whose log-in cannot be looked up now is told so, and its page comes again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.sessions.outages import log_outage, outage_errors
from config.server.origin_check import Application
from push.close_codes import BROKEN


class TellsWhenAway:
    """Accepts and closes with 1011 where the way to the consumer fails for want of a store."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        answered = False

        async def noted(message: Mapping[str, Any]) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            return await self.application(scope, receive, noted)
        except outage_errors() as error:
            if answered:
                raise
            log_outage(error)
        await receive()
        await send({"type": "websocket.accept"})
        return await send({"type": "websocket.close", "code": BROKEN})
