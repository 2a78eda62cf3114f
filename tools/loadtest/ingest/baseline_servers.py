"""Baseline servers for the comparison with ingest: of the same kind, each doing less."""

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


class ParsingConsumer(SequentialConsumer):
    """The site's own socket up to the gate: Blocks are parsed, checked and acknowledged.

    Nothing is sealed or stored.
    """

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


class EchoConsumer(AsyncWebsocketConsumer):
    """Plain Channels: a message is sent back unchanged."""

    async def receive(
        self,
        text_data: str | None = None,  # noqa: ARG002
        bytes_data: bytes | None = None,
    ) -> None:
        if bytes_data is None:
            await self.send(text_data=WELCOME)
        else:
            await self.send(bytes_data=bytes_data)


def _build_application(consumer: Any) -> Any:
    sockets = URLRouter([path("ws/sittings/<uuid:sitting>/", cast(Any, consumer.as_asgi()))])
    return ProtocolTypeRouter({"http": pages, "websocket": sockets})


async def websocket(scope: Any, receive: Any, send: Any) -> None:
    """The server alone: a message is sent back unchanged."""
    if scope["type"] != "websocket":
        await pages(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        data = message.get("bytes")
        said = {"text": WELCOME} if data is None else {"bytes": data}
        await send({"type": "websocket.send", **said})


parsing, channels = _build_application(ParsingConsumer), _build_application(EchoConsumer)
