"""What the Block road is compared with: the same server, the same Blocks parsed, nothing stored."""

from __future__ import annotations

import json
from typing import Any, cast

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

pages = get_asgi_application()

from telemetry.frames import parse  # noqa: E402  # needs the application registry


class Echo(AsyncWebsocketConsumer):
    """Answers hello, and each Block with an ack of the same form."""

    async def receive(
        self,
        text_data: str | None = None,  # noqa: ARG002
        bytes_data: bytes | None = None,
    ) -> None:
        if bytes_data is None:
            await self._say({"type": "welcome", "now": 0.0, "streams": []})
            return
        for frame in parse(bytes_data):
            stream = frame.stream.name if frame.stream else ""
            await self._say({"type": "ack", "stream": stream, "seq": frame.seq, "gaps": []})

    async def _say(self, message: dict[str, object]) -> None:
        await self.send(text_data=json.dumps(message, separators=(",", ":")))


application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": URLRouter([path("ws/sittings/<uuid:sitting>/", cast(Any, Echo.as_asgi()))]),
    }
)
