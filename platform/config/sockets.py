"""Which WebSocket goes where; the routes come from the apps."""

from __future__ import annotations

from typing import Any

from classroom.routing import token_urlpatterns as classroom_token_sockets
from classroom.routing import websocket_urlpatterns as classroom_sockets

websocket_urlpatterns: list[Any] = [*classroom_sockets]
token_urlpatterns: list[Any] = [*classroom_token_sockets]
