"""The pages as an ASGI application."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

# Load every page now, not at the first request.
import config.urls  # noqa: E402, F401
from config.celery import app as celery  # noqa: E402 - for wake-ups; refuses an unsafe start
from config.request_body.limiter import BodyLimiter  # noqa: E402
from config.server.http_handler import PageHandler  # noqa: E402
from config.server.maintenance_gate import MaintenanceGate  # noqa: E402

application = MaintenanceGate(BodyLimiter(PageHandler()))

__all__ = ["application", "celery"]
