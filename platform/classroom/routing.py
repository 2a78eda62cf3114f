"""Sockets of the classroom."""

from __future__ import annotations

from django.urls import URLPattern, path

from classroom.consumers import SittingConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/sittings/<uuid:sitting>/", SittingConsumer.as_asgi()),  # type: ignore[arg-type]
]
