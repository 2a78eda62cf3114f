"""Measures the cost of a Window by part, on a class that was recorded before."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tools.loadtest.offers import measurement
from tools.loadtest.windows.replay import replay
from tools.testbed import machine, sandbox

PROTOCOL = (
    "{learners} simulated learners over real sockets for {minutes} min on a site of its own, "
    "without a worker; then their Windows are drained in one process, second by second of the "
    "recorded clock, with nothing beside it but PostgreSQL. Milliseconds and statements a Window; "
    "worker = CPU of the draining thread, postgres = CPU of its backend"
)
NUMBERS, FLAGS = ("learners", "minutes", "seed"), ("alone", "json")
WINDOWS = ("tools.loadtest", "windows")


class Command(BaseCommand):
    help = "Measure the cost of a Window by part, on a separate site."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--learners", type=int, default=200, metavar="N")
        parser.add_argument("--minutes", type=float, default=3.0, metavar="M")
        parser.add_argument("--seed", type=int, default=1, help="seed of what learners do")
        parser.add_argument(
            "--alone", action="store_true", help="only the model in use, without challengers"
        )
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["minutes"] <= 0 or options["learners"] < 1:
            raise CommandError("expected learners and a time over 0", returncode=2)
        if not options["inside"]:
            arguments = sandbox.build_inner_arguments(WINDOWS, options, NUMBERS, FLAGS)
            raise SystemExit(sandbox.run_inside(arguments))
        try:
            self._record(options)
        except sandbox.NotASandbox as error:
            raise CommandError(str(error), returncode=2) from None
        self._print(list(replay(options["seed"])), options)

    def _record(self, options: dict[str, Any]) -> None:
        group = measurement.make_class(
            options["learners"],
            seed=options["seed"],
            pace=1.0,
            alone=options["alone"],
            now=timezone.now(),
        )
        with measurement.run_site(group.url, workers=0):
            asyncio.run(group.run(60 * options["minutes"], self._say))

    def _print(self, rows: list[dict[str, object]], options: dict[str, Any]) -> None:
        if options["json"]:
            head = {"name": "bench_windows", "protocol": PROTOCOL.format(**options)}
            report = {**head, "machine": machine.describe(), "rows": rows}
            self.stdout.write(json.dumps(report, indent=1))
            return
        for row in rows:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in row.items()))

    def _say(self, line: str) -> None:
        self.stderr.write(f"windows | {line}")
        self.stderr.flush()
