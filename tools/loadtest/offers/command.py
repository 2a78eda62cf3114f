"""Measures the time from the end of a Window until its estimate and offer are on the page."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tools.loadtest.offers import measurement
from tools.testbed import sandbox

PROTOCOL = (
    "{learners} simulated learners over real sockets for {minutes} min on a site of its own (web, "
    "{workers} live workers, beat, PostgreSQL), all with the same processor; they act {speed} "
    "times as fast as people; a time is from the end of a Window until the message is on the page; "
    "memory is what a process had in RAM at its most, looked at each second"
)
NUMBERS, FLAGS = ("learners", "minutes", "speed", "seed", "workers"), ("alone", "json")
OFFERS = ("tools.loadtest", "offers")


class Command(BaseCommand):
    help = (
        "Measure suggestions on a separate site: the outcome of every 10-second window, how long "
        "estimates and suggestions take to reach the page, and the memory of web and worker. Exit "
        "code 1 when a window was neither processed nor counted as late."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--learners", type=int, default=200, metavar="N")
        parser.add_argument("--minutes", type=float, default=2.0, metavar="M")
        parser.add_argument(
            "--speed", type=float, default=3.0, metavar="X", help="how fast learners act"
        )
        parser.add_argument("--seed", type=int, default=1, help="seed of what learners do")
        parser.add_argument(
            "--workers", type=int, default=1, metavar="N", help="processes of live workers"
        )
        parser.add_argument(
            "--alone", action="store_true", help="only the model in use, without challengers"
        )
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        fewest = min(options["learners"], options["workers"])
        if fewest < 1 or options["minutes"] <= 0 or options["speed"] <= 0:
            raise CommandError(
                "expected learners, a worker, a time and a speed over 0", returncode=2
            )
        if not options["inside"]:
            self.stderr.write("offers | making a site")
            raise SystemExit(
                sandbox.run_inside(sandbox.build_inner_arguments(OFFERS, options, NUMBERS, FLAGS))
            )
        try:
            rows = self._measure(options)
        except sandbox.NotASandbox as error:
            raise CommandError(str(error), returncode=2) from None
        self._print(rows, options)
        if any(row["figure"] == "windows_waiting" and row["value"] for row in rows):
            raise SystemExit(1)

    def _measure(self, options: dict[str, Any]) -> list[measurement.Row]:
        group = measurement.make_class(
            options["learners"],
            seed=options["seed"],
            pace=options["speed"],
            alone=options["alone"],
            now=timezone.now(),
        )
        with measurement.run_site(group.url, workers=options["workers"]) as pids:
            return asyncio.run(
                measurement.measure_offers(group, pids, 60 * options["minutes"], self._say)
            )

    def _print(self, rows: list[measurement.Row], options: dict[str, Any]) -> None:
        if options["json"]:
            report = {"name": "bench_offers", "protocol": PROTOCOL.format(**options), "rows": rows}
            self.stdout.write(json.dumps(report, indent=1))
            return
        for row in rows:
            self.stdout.write(f"{row['figure']:<40} {row['value']} {row['unit']}")

    def _say(self, line: str) -> None:
        self.stderr.write(f"offers | {line}")
        self.stderr.flush()
