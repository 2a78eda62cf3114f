"""`manage.py verify_erasure FILE`: check that the site signed this certificate of erasure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.erasure import certificates
from privacy.erasure.certificates import CertificateVerdict, NotACertificate


class Command(BaseCommand):
    help = (
        "Verifies a certificate of erasure offline, without the database or the key store. "
        "Exit code: 0 right, 1 wrong, 2 the file cannot be read or the options are wrong."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the certificate, as it was downloaded")
        parser.add_argument("--claim", metavar="CODE", help="the claim code that was shown once")
        parser.add_argument("--subject", metavar="UUID", help="the person code (with --claim)")
        parser.add_argument(
            "--public-key", metavar="HEX", help="the site's key, from another source than the file"
        )
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["claim"] is None) != (options["subject"] is None):
            raise CommandError("--claim and --subject belong together", returncode=2)
        try:
            verdict = _verify(options)
        except (OSError, ValueError, NotACertificate) as error:
            raise CommandError(f"{options['file'].name}: {error}", returncode=2) from error
        report = _as_json(verdict) if options["json"] else _as_text(verdict)
        self.stdout.write(report)
        if not verdict.right:
            raise CommandError("this certificate is wrong", returncode=1)


def _verify(options: dict[str, Any]) -> CertificateVerdict:
    public = None if options["public_key"] is None else bytes.fromhex(options["public_key"])
    claim = None
    if options["claim"] is not None:
        claim = options["claim"], UUID(options["subject"])
    return certificates.verify_certificate(options["file"].read_bytes(), public=public, claim=claim)


def _as_json(verdict: CertificateVerdict) -> str:
    row = {"right": verdict.right, "wrong": list(verdict.wrong), "pinned": verdict.pinned}
    report = {"name": "verify_erasure", "protocol": certificates.KIND, "rows": [row]}
    return json.dumps(report, indent=2)


def _as_text(verdict: CertificateVerdict) -> str:
    if not verdict.right:
        return "\n".join(f"wrong: {problem}" for problem in verdict.wrong)
    times = verdict.content["times"]
    by = "the key you gave" if verdict.pinned else "the key in the file"
    return "\n".join(
        (
            f"right: signed by {by}, {verdict.content['public_key']}",
            f"unreadable since {times['unreadable']}",
            f"bytes gone since {times['bytes_gone'] or 'not known'}",
            f"certified {times['certified']}",
        )
    )
