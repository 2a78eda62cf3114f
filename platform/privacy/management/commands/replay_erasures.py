"""`manage.py replay_erasures`: repeat erasures after the database was restored from a backup."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from privacy.erasure import erasure, ledger, ledger_replay


class Command(BaseCommand):
    help = (
        "After the database was restored from a backup: repeats every erasure and withdrawal that "
        "the key store's ledger has and the database has not. The site answers 503 until then. "
        "Running it again is harmless. Exit code: 0 nothing is left to repeat, 1 something is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = []
        for number, done in enumerate(ledger_replay.replay(now=timezone.now()), 1):
            what = "everything" if done.scopes is None else ", ".join(done.scopes) or "purposes"
            rows.append({"erasure": str(done.id), "state": done.state, "counts": done.counts})
            if not options["json"]:
                self.stdout.write(f"{number}  {done.id}  {what}: {_format_counts(done.counts)}")
        erasure.sweep(now=timezone.now())
        left = len(ledger.outstanding())
        if options["json"]:
            report = {"name": "replay_erasures", "protocol": "ledger of the keystore", "rows": rows}
            self.stdout.write(json.dumps({**report, "left": left}, indent=2))
        else:
            self.stdout.write(f"{len(rows)} repeated, {left} left")
        if left:
            raise CommandError(f"{left} could not be repeated; the log says why", returncode=1)


def _format_counts(counts: dict[str, int]) -> str:
    return "  ".join(f"{name} {count}" for name, count in counts.items()) or "nothing left"
