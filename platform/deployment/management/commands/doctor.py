"""`manage.py doctor`: what is installed, what is missing, and how to get it."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from deployment import doctor


class Command(BaseCommand):
    help = "Says what is here and what is missing. Exit code 1: the site or the demo cannot run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = doctor.run_checks()
        if options["json"]:
            rows = [finding.row() for finding in findings]
            self.stdout.write(json.dumps({"name": "doctor", "protocol": 1, "rows": rows}))
        else:
            for finding in findings:
                self.stdout.write(finding.line())
        if any(finding.fatal for finding in findings):
            sys.exit(1)
