"""A page of a Learner at the real ASGI application: connects, says hello, sends, hears."""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings
from django.test import Client

from emotion import streams
from telemetry.models import Sitting

HEAD = struct.Struct("<BBHIdfHH")
ORIGIN = (b"origin", b"http://testserver")
HOST = (b"host", b"testserver")


def block(
    stream: str,
    seq: int,
    *,
    epoch: int = 1,
    t0: float | None = None,
    rows: Sequence[Sequence[float]] | None = None,
    rate_hz: float | None = None,
    **head: int,
) -> bytes:
    """One Block; a second of quiet values at second `seq` unless said otherwise."""
    known = streams.stream(stream)
    code, zero = ("f", 0.0) if known.dtype == "f4" else ("h", 0)
    values = [[zero] * len(known.channels)] if rows is None else rows
    payload = b"".join(struct.pack(f"<{len(row)}{code}", *row) for row in values)
    return (
        HEAD.pack(
            head.get("version", 1),
            head.get("number", known.number),
            epoch,
            seq,
            float(seq) if t0 is None else t0,
            (0.0 if known.events else known.rate_hz or 50.0) if rate_hz is None else rate_hz,
            head.get("count", len(values)),
            head.get("channels", len(values[0])),
        )
        + payload
    )


@dataclass
class Page:
    """One open page; `page` stays the same over its sockets."""

    sitting: Sitting
    cookie: bytes = b""
    page: str = field(default_factory=lambda: str(uuid.uuid4()))
    socket: Any = None
    left: bool = False

    async def sign_in(self, user: Any = None) -> Page:
        client = Client()
        await database_sync_to_async(client.force_login)(user or self.sitting.learner)
        name = settings.SESSION_COOKIE_NAME
        self.cookie = f"{name}={client.cookies[name].value}".encode()
        return self

    async def connect(self, *headers: tuple[bytes, bytes]) -> Page:
        from config.asgi import application

        sent = [HOST, *(headers or (ORIGIN,))]
        if self.cookie:
            sent.append((b"cookie", self.cookie))
        scope = {
            "type": "websocket",
            "path": f"/ws/sittings/{self.sitting.id}/",
            "query_string": b"",
            "headers": sent,
            "subprotocols": [],
        }
        self.socket = ApplicationCommunicator(application, scope)
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.socket.receive_output(5))["type"] == "websocket.accept"
        return self

    async def hello(self, **fields: Any) -> dict[str, Any]:
        await self.say({"type": "hello", "version": 1, "page": self.page, **fields})
        return await self.hear("welcome")

    async def opened(self) -> Page:
        await self.sign_in()
        await self.connect()
        await self.hello()
        return self

    async def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def send(self, *blocks: bytes) -> None:
        await self.socket.send_input({"type": "websocket.receive", "bytes": b"".join(blocks)})

    async def next(self, timeout: float = 5) -> dict[str, Any]:
        """The next text message, or {"closed": code}."""
        output = await self.socket.receive_output(timeout)
        if output["type"] == "websocket.close":
            await self.leave()
            return {"closed": output["code"]}
        return json.loads(output["text"])

    async def hear(self, type: str, timeout: float = 5) -> dict[str, Any]:
        """The next message of a type; others that come before it are passed over."""
        while (message := await self.next(timeout)).get("type") != type:
            assert "closed" not in message, message
        return message

    async def closed(self, timeout: float = 5) -> int:
        while "closed" not in (message := await self.next(timeout)):
            pass
        return message["closed"]

    async def silent(self, seconds: float = 0.2) -> bool:
        return await self.socket.receive_nothing(timeout=seconds)

    async def leave(self) -> None:
        """Go, as the server tells the application; nothing where it has gone already."""
        if self.left:
            return
        self.left = True
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.socket.wait(5)
