"""The sockets as an ASGI application: Channels behind an exact-Origin check."""

from __future__ import annotations

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# Imported only now: consumers import models, which need the application registry that was just set.
from channels.routing import URLRouter  # noqa: E402

from config.celery import app as celery  # noqa: E402 - for wake-ups; refuses an unsafe start
from config.server.maintenance_gate import Door  # noqa: E402
from config.server.origin_check import ExactOrigin  # noqa: E402
from config.server.socket_outage import TellsWhenAway  # noqa: E402
from config.server.socket_sessions import signed_in  # noqa: E402
from config.websocket_urls import token_urlpatterns, websocket_urlpatterns  # noqa: E402

sockets: Any = TellsWhenAway(signed_in(URLRouter(websocket_urlpatterns)))
application = Door(ExactOrigin(sockets, by_token=URLRouter(token_urlpatterns)))

__all__ = ["application", "celery"]
