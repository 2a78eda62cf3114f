"""Records when this process started."""

from __future__ import annotations

from datetime import datetime

from django.apps import AppConfig
from django.utils import timezone


class HealthConfig(AppConfig):
    name = "health"
    started: datetime

    def ready(self) -> None:
        self.started = timezone.now()
