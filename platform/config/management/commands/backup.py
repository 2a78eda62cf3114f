"""`manage.py backup`: copy the database and the media into one folder; never the keystore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from config.db import backups
from courses.media.media_store import open_bucket
from courses.media.stored_file import StoreUnavailable


class Command(BaseCommand):
    help = (
        "Writes the database and the media to a new folder. The key store is never in it: mirror "
        "its disk (docs/operations.md). Exit code: 0 made, 1 not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.VAR / "backups", metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        login = {**settings.OWNER_LOGIN, "NAME": connection.settings_dict["NAME"]}
        try:
            made = backups.make_backup(
                options["to"],
                login,
                Path(settings.MEDIA_ROOT),
                now=timezone.now(),
                bucket=open_bucket() if settings.MEDIA_BUCKET else None,
            )
        except (backups.BackupFailed, StoreUnavailable, OSError) as error:
            raise CommandError(f"No backup was made. {error}") from None
        size = sum(file.stat().st_size for file in made.iterdir()) / 1e6
        self.stdout.write(f"{made} ({size:.1f} MB)")
