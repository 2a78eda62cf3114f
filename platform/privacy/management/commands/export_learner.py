"""`manage.py export_learner --learner CODE --out FILE.zip`: everything held about one person."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from privacy.export import data_export

STEP = 10 << 20


class Command(BaseCommand):
    help = (
        "Writes everything held about one person into a zip: JSON lines, CSV, JSON Schema, xAPI "
        "statements, consent history and a page to read. Adds an entry to the audit log. "
        "Exit code: 0 written, 1 no account has this person code or FILE already exists, "
        "2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--learner", metavar="CODE", type=UUID, required=True)
        parser.add_argument("--out", metavar="FILE.zip", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(code=options["learner"], is_active=True).first()
        if person is None:
            raise CommandError("no account has this person code", returncode=1)
        with transaction.atomic():
            data_export.record(person.code, actor=None)
        path = Path(options["out"])
        size = self._write(person, path)
        self.stdout.write(f"{path}: {size:,} bytes, readable only by you")

    def _write(self, person: User, path: Path) -> int:
        """Write under a temporary name, so that an incomplete file is never taken for a whole
        one."""
        if path.exists():
            raise CommandError(f"{path} already exists", returncode=1)
        part = path.with_name(f"{path.name}.part")
        size = reported = 0
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for piece in data_export.stream(person, now=timezone.now()):
                size += out.write(piece)
                if size - reported >= STEP:
                    reported = size
                    self.stderr.write(f"{size:,} bytes")
        part.rename(path)
        return size
