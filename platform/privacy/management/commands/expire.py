"""`manage.py expire [--dry-run]`: delete data past its retention period, or count it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from consent.legal_profiles import profiles
from privacy.retention import expired_grants, expiry
from privacy.retention.expiry import ExpiryLine

PROTOCOL = "each table's own clock against its class, walked from the declarations"


class Command(BaseCommand):
    help = (
        "Deletes everything past its retention period, as the hourly job does: records, days of "
        "raw sensor data, reasons for suggestions, keys. With --dry-run it counts and changes "
        "nothing. Exit code: 0 done, 1 something could not be deleted now (the log says why), "
        "2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, change nothing")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now, dry = timezone.now(), options["dry_run"]
        if not dry:
            expired_grants.end_due(now=now)
        lines = []
        for line in expiry.due(now=now) if dry else expiry.expire(now=now):
            lines.append(line)
            if not options["json"]:
                self.stdout.write(_format_line(line))
        if options["json"]:
            profile = profiles.current(now=now)
            report = {"name": "expire", "protocol": PROTOCOL, "dry_run": dry}
            report["profile"] = profile.name if profile else None
            rows = [_figures(line) for line in lines]
            self.stdout.write(json.dumps({**report, "rows": rows}, indent=2))
        elif dry:
            self.stdout.write("Nothing was changed.")
        if left := [line.table for line in lines if line.count is None]:
            raise CommandError(f"could not be deleted now: {', '.join(left)}", returncode=1)


def _format_line(line: ExpiryLine) -> str:
    count = "waits" if line.count is None else str(line.count)
    return f"{line.table:<32} {count:>9} {line.unit:<8} kept {_days(line):g} d ({line.by})"


def _figures(line: ExpiryLine) -> dict[str, object]:
    kept = {"kept_days": _days(line), "by": line.by}
    return {"table": line.table, "unit": line.unit, **kept, "count": line.count}


def _days(line: ExpiryLine) -> float:
    return round(line.kept.total_seconds() / 86400, 3)
