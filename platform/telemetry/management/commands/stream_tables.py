"""`manage.py stream_tables`: writes the pages' tables of Streams from `emotion/streams.json`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from telemetry import javascript_streams


class Command(BaseCommand):
    help = "Writes static/js/telemetry/{streams,stream_words}.js from emotion/streams.json."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path, source in javascript_streams.render_modules().items():
            path.write_text(source, encoding="utf-8")
            self.stdout.write(str(path))
