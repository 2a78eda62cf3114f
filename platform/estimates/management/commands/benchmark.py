"""`manage.py benchmark NAME`: print the figures of one benchmark of `emotion.benchmarks`."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.registry import BENCHMARKS
from emotion.datasets import WrongFolder
from emotion.evaluation.splits import SharedPeople

NUMBER = (int, float)


class Command(BaseCommand):
    """Each benchmark declares its own options; `benchmark NAME --help` prints them."""

    help = "Run one benchmark and print its figures, as lines or as JSON rows."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """List the benchmarks in the help text."""
        kwargs.setdefault("epilog", f"benchmarks: {', '.join(BENCHMARKS)}")
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare one subcommand per benchmark."""
        named = parser.add_subparsers(dest="benchmark", required=True, metavar="NAME")
        for name, module in BENCHMARKS.items():
            said = (module.__doc__ or "").strip().partition("\n")[0]
            # argparse interpolates what follows a percent sign.
            each = named.add_parser(name, help=said.replace("%", "%%"), description=module.__doc__)
            each.add_argument("--json", action="store_true", help="print the figures as JSON")
            module.add_arguments(each)

    def handle(self, **options: Any) -> None:
        """Run the benchmark; progress goes to stderr."""
        try:
            report = BENCHMARKS[options["benchmark"]].run(options, _progress())
        except (CannotMeasure, WrongFolder, SharedPeople) as wrong:
            raise CommandError(str(wrong), returncode=2) from wrong
        rows = [dict(row) for row in report.rows]
        if options["json"]:
            found = {"name": report.name, "protocol": report.protocol, "rows": rows}
            self.stdout.write(json.dumps(found, indent=1))
            return
        self.stdout.write(report.protocol)
        for row in rows:
            self.stdout.write(_format_line(row))


def _progress() -> Any:
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.1f} s  {line}\n")
        sys.stderr.flush()

    return say


def _format_line(row: Mapping[str, object]) -> str:
    return "  ".join(f"{name} {_format_value(value)}" for name, value in row.items())


def _format_value(value: object) -> str:
    if isinstance(value, list | tuple) and len(value) == 3 and isinstance(value[0], NUMBER):
        return f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
