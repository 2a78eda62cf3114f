"""The pages as an ASGI application."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# Every page is loaded now and not at the first request.
import config.urls  # noqa: E402, F401
from config.celery import app as celery  # noqa: E402 - for wake-ups; refuses an unsafe start
from config.request_body.limiter import LimitedBodies  # noqa: E402
from config.server.http_handler import Pages  # noqa: E402
from config.server.maintenance_gate import Door  # noqa: E402

application = Door(LimitedBodies(Pages()))

__all__ = ["application", "celery"]
