"""The URLs of the sockets."""

from __future__ import annotations

from django.urls import URLPattern, path

from realtime.consumers import SittingConsumer
from realtime.device_consumer import DeviceConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/sittings/<uuid:sitting>/", SittingConsumer.as_asgi()),  # type: ignore[arg-type]
]
# The same URL, for clients with a device token instead of a session.
token_urlpatterns: list[URLPattern] = [
    path("ws/sittings/<uuid:sitting>/", DeviceConsumer.as_asgi()),  # type: ignore[arg-type]
]
