"""`manage.py move_keystore`: move the keys from the file to a database, or back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from vault import key_services
from vault.erasure_ledger import LedgerFile
from vault.errors import KeystoreBusy, Tampered
from vault.key_move import KeyLost, MoveRefused, move_keys


class Command(BaseCommand):
    help = (
        "Moves every key between the file of KEYSTORE_DIR and the database of "
        "KEYSTORE_DATABASE_URL, opens each of them in both and compares them. Then the old store "
        "is destroyed, and every process that still uses it answers 503 until it is restarted "
        "with the new setting. Run it again if it was interrupted."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, choices=["postgres", "file"])

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.KEYSTORE_DIR)
        try:
            file = key_services.open_for_move(folder=folder)
            database = key_services.open_for_move(url=settings.KEYSTORE_DATABASE_URL)
            old, new = (file, database) if options["to"] == "postgres" else (database, file)
            done = move_keys(old, new, LedgerFile(folder), say=self.stdout.write)
        except MoveRefused as error:
            raise CommandError(f"Not moved: {error}") from error
        except (KeyLost, KeystoreBusy, Tampered, OSError) as error:
            raise CommandError(f"Not moved, run it again: {error}") from error
        if done.done_before:
            self.stdout.write("The keys were moved before; the old store is destroyed.")
            return
        self.stdout.write(
            f"{done.compared} keys compared, none lost: {done.copied} copied, {done.late} made "
            f"meanwhile, {done.removed} destroyed meanwhile. {done.erasures} erasures in the "
            "ledger. The old store is destroyed. Restart every process with the new setting."
        )
