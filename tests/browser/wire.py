"""All that a site hears from its browsers, taken where it listens, so that nothing goes past."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from emotion.streams import stream
from telemetry.frames import parse


@dataclass
class Wire:
    """All that the site heard, from page and workers: messages of sockets, bodies of requests."""

    frames: list = field(default_factory=list)
    bodies: list = field(default_factory=list)
    urls: list = field(default_factory=list)

    def hear(self, message: dict) -> None:
        if message["type"] == "websocket.receive":
            heard = message.get("bytes")
            self.frames.append((time.monotonic(), heard or message["text"]))
        if message["type"] == "http.request":
            self.bodies.append(message.get("body", b""))

    def blocks(self, name: str) -> list:
        sent = [
            block for _, data in self.frames if isinstance(data, bytes) for block in parse(data)
        ]
        return [block for block in sent if block.stream == stream(name)]


def listen(monkeypatch) -> Wire:
    """Listens where the site listens, so that nothing can leave a browser past it."""
    import config.asgi

    inner, heard = config.asgi.application, Wire()

    async def application(scope, receive, send):
        async def listening():
            message = await receive()
            heard.hear(message)
            return message

        await inner(scope, listening, send)

    monkeypatch.setattr(config.asgi, "application", application)
    return heard
