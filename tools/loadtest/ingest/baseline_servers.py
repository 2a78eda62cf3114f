"""What the Block road is compared with: servers of the same kind that do less, then less."""

from __future__ import annotations

import json
from typing import Any, cast

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

pages = get_asgi_application()

from push.base_consumer import SequentialConsumer, encode_json  # noqa: E402  # needs the application registry
from telemetry.blocks import block_validation  # noqa: E402
from telemetry.blocks.frame_parser import parse  # noqa: E402
from telemetry.models import LONGEST_SITTING_S  # noqa: E402

WELCOME = json.dumps({"type": "welcome", "now": 0.0, "streams": []})


class Parsing(SequentialConsumer):
    """The site's own socket as far as the gate: the Blocks are read and checked, each is answered
    by an ack of the same form, and nothing is sealed or stored."""

    async def receive(
        self,
        text_data: str | None = None,  # noqa: ARG002
        bytes_data: bytes | None = None,
    ) -> None:
        if bytes_data is None:
            await self.send(text_data=WELCOME)
            return
        for frame in parse(bytes_data):
            if frame.stream is None:
                continue
            block_validation.check(frame, frame.stream, LONGEST_SITTING_S)
            ack = {"type": "ack", "stream": frame.stream.name, "seq": frame.seq, "gaps": []}
            await self.base_send({"type": "websocket.send", "text": encode_json(ack)})


class Bare(AsyncWebsocketConsumer):
    """Channels as it comes: a message goes back as it is."""

    async def receive(
        self,
        text_data: str | None = None,  # noqa: ARG002
        bytes_data: bytes | None = None,
    ) -> None:
        if bytes_data is None:
            await self.send(text_data=WELCOME)
        else:
            await self.send(bytes_data=bytes_data)


def _served(consumer: Any) -> Any:
    sockets = URLRouter([path("ws/sittings/<uuid:sitting>/", cast(Any, consumer.as_asgi()))])
    return ProtocolTypeRouter({"http": pages, "websocket": sockets})


async def websocket(scope: Any, receive: Any, send: Any) -> None:
    """The server alone: a message goes back as it is."""
    if scope["type"] != "websocket":
        await pages(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        data = message.get("bytes")
        said = {"text": WELCOME} if data is None else {"bytes": data}
        await send({"type": "websocket.send", **said})


parsing, channels = _served(Parsing), _served(Bare)
