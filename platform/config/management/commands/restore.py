"""`manage.py restore`: read a backup into an empty database, then repeat later erasures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.db import backups
from courses.media.media_store import open_bucket
from courses.media.stored_file import StoreUnavailable
from vault.keystore import open_keystore

NO_KEYS = (
    "The key store at KEYSTORE_DIR is empty, so no encrypted value could be read, names included. "
    "Restore the key store's own disk first."
)


IN_PART = (
    "Not restored completely. Empty the database, MEDIA_ROOT and the bucket before you repeat it."
)


class Command(BaseCommand):
    help = (
        "Reads a backup into an empty database, an empty MEDIA_ROOT and an empty bucket, then "
        "repeats every erasure made since the backup. Exit code: 0 done, 1 not."
    )
    # There is no table yet for the checks to read.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        login = {**settings.OWNER_LOGIN, "NAME": connection.settings_dict["NAME"]}
        if not open_keystore().generation():
            raise CommandError(NO_KEYS)
        try:
            bucket = open_bucket() if settings.MEDIA_BUCKET else None
            backups.restore_backup(
                options["folder"], login, Path(settings.MEDIA_ROOT), bucket=bucket
            )
        except StoreUnavailable as error:
            raise CommandError(f"{IN_PART} {error}") from None
        except (backups.BackupFailed, OSError) as error:
            raise CommandError(f"Nothing was restored. {error}") from None
        self.stdout.write("Restored. Erasures since the backup:")
        call_command("replay_erasures", stdout=self.stdout)
