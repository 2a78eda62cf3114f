"""`manage.py models check`, `models install`: models of videos, and the progress of semantics."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deployment import model_files
from pipeline import video_semantics_store


class Command(BaseCommand):
    help = (
        "check: says which pretrained models are there, which are missing and where they belong, "
        "and how many videos are described. Exit code 1 when one was asked for and is not whole. "
        "install: gets the sentence encoder and the slide reader, which need 120 MB."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["check", "install"])
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        installing = options["act"] == "install"
        if installing:
            self._install()
        # Models may be installed before the site is set up, when there is no progress to read.
        kinds = [] if installing else video_semantics_store.progress()
        findings = model_files.check_models()
        if options["json"]:
            rows = [finding.row() for finding in findings] + [asdict(kind) for kind in kinds]
            self.stdout.write(json.dumps({"name": "models", "protocol": "check", "rows": rows}))
        else:
            for finding in findings:
                self.stdout.write(finding.line())
            for kind in kinds:
                self.stdout.write(_format_progress(kind))
        if any(finding.fatal for finding in findings):
            sys.exit(1)

    def _install(self) -> None:
        try:
            model_files.install_packages()
        except model_files.InstallationFailed as failed:
            raise CommandError(str(failed)) from failed


def _format_progress(kind: video_semantics_store.SemanticsProgress) -> str:
    failed = f"; {kind.failed} failed" if kind.failed else ""
    return (
        f"{kind.kind:<12} {kind.segments_done} of {kind.segments} segments, "
        f"{kind.encoded} of {kind.videos} videos whole and encoded{failed}"
    )
