"""The URLs of the sockets."""

from __future__ import annotations

from typing import Any

from django.urls import path, re_path

from realtime.consumers import SittingConsumer
from realtime.device_consumer import DeviceConsumer

NO_SUCH_SOCKET = 4404


async def not_found(_scope: Any, receive: Any, send: Any) -> None:
    """Close a socket at an unknown address; accept it first, so that its page learns why."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": NO_SUCH_SOCKET})


SITTING = "ws/sittings/<uuid:sitting>/"
NOWHERE: Any = re_path("", not_found)  # type: ignore[arg-type]
websocket_urlpatterns: list[Any] = [
    path(SITTING, SittingConsumer.as_asgi()),  # type: ignore[arg-type]
    NOWHERE,
]
# The same URL, for clients with a device token instead of a session.
token_urlpatterns: list[Any] = [
    path(SITTING, DeviceConsumer.as_asgi()),  # type: ignore[arg-type]
    NOWHERE,
]
