"""Remembers when this process started."""

from __future__ import annotations

from datetime import datetime

from django.apps import AppConfig
from django.utils import timezone


class OperationsConfig(AppConfig):
    name = "operations"
    started: datetime

    def ready(self) -> None:
        self.started = timezone.now()
