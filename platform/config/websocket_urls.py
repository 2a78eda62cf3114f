"""Routes of WebSockets; the apps define them."""

from __future__ import annotations

from typing import Any

from django.urls import re_path

from realtime.routing import token_urlpatterns as realtime_token_sockets
from realtime.routing import websocket_urlpatterns as realtime_sockets

NO_SUCH_SOCKET = 4404


async def not_found(_scope: Any, receive: Any, send: Any) -> None:
    """Close a socket at an unknown address; accept it first, so that its page learns why."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": NO_SUCH_SOCKET})


NOWHERE: Any = re_path("", not_found)  # type: ignore[arg-type]
websocket_urlpatterns: list[Any] = [*realtime_sockets, NOWHERE]
token_urlpatterns: list[Any] = [*realtime_token_sockets, NOWHERE]
