"""`manage.py stream_tables`: writes the pages' table of Streams from `emotion/streams.json`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from telemetry import javascript_streams


class Command(BaseCommand):
    help = "Writes static/js/telemetry/streams.js from emotion/streams.json."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        path = javascript_streams.module_path()
        path.write_text(javascript_streams.render_module(), encoding="utf-8")
        self.stdout.write(str(path))
