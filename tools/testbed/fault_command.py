"""Prints what a command found that damages a site of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand


class FaultCommand(BaseCommand):
    """A command with a `name`, progress on the error output, and rows as text or JSON."""

    name = ""
    requires_system_checks: list[str] = []

    def print_rows(
        self, rows: Sequence[Mapping[str, Any]], protocol: str, *, as_json: bool
    ) -> None:
        """Print the rows, then leave with exit code 1 if one of them is broken."""
        if as_json:
            report = {"name": self.name, "protocol": protocol, "rows": rows}
            self.stdout.write(json.dumps(report, indent=1))
        else:
            for row in rows:
                for name, value in row.items():
                    self.stdout.write(f"{row['row']:<8} {name:<24} {value}")
        if any(row["broken"] for row in rows):
            raise SystemExit(1)

    def say(self, line: str) -> None:
        self.stderr.write(f"{self.name} | {line}")
        self.stderr.flush()
