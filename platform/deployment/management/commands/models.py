"""`manage.py models check`: pretrained models, and the progress of video semantics."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from deployment import model_files
from pipeline import video_semantics_store


class Command(BaseCommand):
    help = (
        "Says which pretrained models are there, which are missing and where they belong, and how "
        "many videos are described. Exit code 1 when one was asked for and is not whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["check"])
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings, kinds = model_files.check_models(), video_semantics_store.progress()
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


def _format_progress(kind: video_semantics_store.SemanticsProgress) -> str:
    failed = f"; {kind.failed} failed" if kind.failed else ""
    return (
        f"{kind.kind:<12} {kind.segments_done} of {kind.segments} segments, "
        f"{kind.encoded} of {kind.videos} videos whole and encoded{failed}"
    )
