"""The sockets as an ASGI application: Channels behind an exact-Origin check."""

from __future__ import annotations

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# Imported late: consumers import models, which need the app registry set up above.
from channels.routing import URLRouter  # noqa: E402

from config.celery import app as celery  # noqa: E402 - for wake-ups; refuses an unsafe start
from config.server.maintenance_gate import MaintenanceGate  # noqa: E402
from config.server.origin_check import OriginCheck  # noqa: E402
from config.server.socket_outage import CloseOnOutage  # noqa: E402
from config.server.socket_sessions import with_sessions  # noqa: E402
from realtime.routing import token_urlpatterns, websocket_urlpatterns  # noqa: E402

sockets: Any = CloseOnOutage(with_sessions(URLRouter(websocket_urlpatterns)))
application = MaintenanceGate(OriginCheck(sockets, by_token=URLRouter(token_urlpatterns)))

__all__ = ["application", "celery"]
