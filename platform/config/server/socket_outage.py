"""Closes a socket whose session cannot be looked up now, so that its page reconnects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.sessions.outages import log_outage, outage_errors
from config.server.origin_check import Application
from push.close_codes import BROKEN


class CloseOnOutage:
    """Accepts and closes with 1011 if a store is unavailable before the consumer answers."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        answered = False

        async def send_and_note(message: Mapping[str, Any]) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            return await self.application(scope, receive, send_and_note)
        except outage_errors() as error:
            if answered:
                raise
            log_outage(error)
        await receive()
        await send({"type": "websocket.accept"})
        return await send({"type": "websocket.close", "code": BROKEN})
