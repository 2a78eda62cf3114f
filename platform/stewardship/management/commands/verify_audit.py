"""`manage.py verify_audit`: verify that the audit log is unchanged, or report what is wrong."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import sequencer
from audit.models import Witnessed
from audit.verification import AuditReport, UnknownHead, verify
from stewardship.audit_log import reconciliation
from vault import signing

PROTOCOL = "RFC 6962 tree heads, Ed25519"


class Command(BaseCommand):
    help = (
        "Recomputes every leaf, position and tree head and compares them with the signatures, "
        "with the witness and with the acts they tell of. "
        "Exit code: 0 all is sound, 1 something is not, 2 wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--witness", metavar="FILE", type=Path, help="heads kept elsewhere")
        parser.add_argument(
            "--since", metavar="SIZE", type=int, default=0, help="begin at the head of this size"
        )
        parser.add_argument(
            "--public-key",
            metavar="HEX",
            help="as an outsider: use this key, change nothing, look into no keystore",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.quiet = options["json"]
        outsider = options["public_key"] is not None
        key = _key(options["public_key"]) if outsider else signing.public_key()
        if not outsider:
            sequencer.sweep(now=timezone.now())
        began = time.monotonic()
        report = self._verify(key, options["witness"], options["since"])
        seconds = time.monotonic() - began
        compared = 0 if outsider else reconciliation.compare_all(report.findings)
        self._print_result(report, compared, seconds)
        if report.findings:
            sys.exit(1)

    def _verify(self, key: bytes, witness: Path | None, since: int) -> AuditReport:
        path, own = _witness(witness)
        try:
            return verify(
                key=key,
                now=timezone.now(),
                witness=path,
                own=own,
                since=since,
                tell=self._report_progress,
            )
        except OSError as error:
            text = f"{path} cannot be read: {error.strerror}"
            raise CommandError(text, returncode=1 if own else 2) from None
        except UnknownHead as error:
            raise CommandError(str(error), returncode=2) from None

    def _report_progress(self, read: int) -> None:
        if not self.quiet:
            self.stdout.write(f"{read:,} leaves read")

    def _print_result(self, report: AuditReport, compared: int, seconds: float) -> None:
        row = row_of(report, compared, seconds)
        if self.quiet:
            result = {"name": "verify_audit", "protocol": PROTOCOL, "rows": [row]}
            self.stdout.write(json.dumps(result, indent=2))
            return
        for finding in report.findings.listed:
            self.stdout.write(f"{finding.kind}  {finding.where}  {finding.what}")
        counts = report.findings.counts
        wrong = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
        self.stdout.write(
            f"{report.leaves:,} leaves, {report.heads:,} heads, {report.lines:,} lines of the "
            f"witness, {compared:,} acts; {row['leaves_per_s']:,} leaves/s: {wrong or 'all sound'}"
        )


def row_of(report: AuditReport, compared: int, seconds: float) -> dict[str, Any]:
    findings = report.findings
    return {
        "sound": not findings,
        "leaves": report.leaves,
        "size": report.size,
        "heads": report.heads,
        "witness_lines": report.lines,
        "acts": compared,
        "seconds": round(seconds, 3),
        "leaves_per_s": round(report.leaves / seconds) if seconds else 0,
        "counts": dict(sorted(findings.counts.items())),
        "findings": [{"kind": f.kind, "where": f.where, "what": f.what} for f in findings.listed],
    }


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise CommandError("--public-key: expected 64 hex digits", returncode=2)
    return key


def _witness(given: Path | None) -> tuple[Path | None, bool]:
    """Return the given file, else the site's own if anything was ever sent to it."""
    if given is not None:
        return given, False
    file = settings.AUDIT_WITNESS_FILE
    written = file is not None and Witnessed.objects.filter(by="file").exists()
    return (file, True) if written else (None, False)
