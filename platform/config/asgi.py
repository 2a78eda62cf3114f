"""The ASGI application: pages by Django, sockets by Channels behind an exact-Origin check."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# Imported only now: consumers import models, which need the application registry that was just set.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from config.away_sockets import TellsWhenAway  # noqa: E402
from config.celery import app as celery  # noqa: E402 - for wake-ups; refuses an unsafe start
from config.origins import ExactOrigin  # noqa: E402
from config.pages import Pages  # noqa: E402
from config.restored import Door  # noqa: E402
from config.socket_sessions import signed_in  # noqa: E402
from config.sockets import token_urlpatterns, websocket_urlpatterns  # noqa: E402

sockets: Any = TellsWhenAway(signed_in(URLRouter(websocket_urlpatterns)))
application = Door(
    ProtocolTypeRouter(
        {
            "http": Pages(),
            "websocket": ExactOrigin(sockets, by_token=URLRouter(token_urlpatterns)),
        }
    )
)

# Every page is loaded now and not at the first request, so that it is frozen with the rest.
import config.urls  # noqa: E402, F401

# What was loaded up to here stays: not looked at again each time, and looked seldom. Going through
# all of Django for every few hundred Blocks took a seventh of this process's time.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
# The sockets' loop waits that long for each page that is being made before it may go on.
sys.setswitchinterval(0.001)

__all__ = ["application", "celery"]
