"""Measures ingest for 50 to 2,000 learners, and pages after a day to a year of history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from tools.loadtest.curves import page_cost
from tools.loadtest.ingest import measurement
from tools.testbed import machine
from tools.testbed.environment import format_row, make_site, run_rows

PROTOCOL = (
    "ingest: so many pages at one web process, each a message of four Blocks a second under live "
    "Grants, acknowledged after the commit; CPU of the web process a message. pages: the demo's "
    f"course, {page_cost.LEARNERS} simulated people who did a unit on each of the days and were "
    "sensed on the last of them, expired as the retention says; median of seven rounds of all "
    "pages in one process. A PostgreSQL of its own. times_the_first: against the first row of its "
    "kind"
)
A_SECOND = 1.0
CURVES = ("tools.loadtest", "curves")
COST = {"ingest": "web_cpu_us_a_message", "page": "ms"}


class Command(BaseCommand):
    help = "Measure how costs grow with learners and with history, in separate databases."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--learners", type=int, nargs="*", default=[50, 200, 500, 1000, 2000])
        parser.add_argument("--seconds", type=float, default=10.0)
        parser.add_argument("--days", type=int, nargs="*", default=[1, 30, 90, 365])
        parser.add_argument("--json", action="store_true")
        parser.add_argument(
            "--here", action="store_true", help="measure the pages, in this database (internal)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["here"]:
            now = timezone.now()
            for row in page_cost.measure_pages(page_cost.make_class(now), options["days"], now=now):
                self.stdout.write(json.dumps(row))
                self.stdout.flush()
            return
        rows = []
        for row in chain(self._ingest(options), self._pages(options)):
            self.stderr.write(format_row(row))
            rows.append(row)
        if options["json"]:
            found = {"name": "bench_curves", "protocol": PROTOCOL, "machine": machine.describe()}
            self.stdout.write(json.dumps({**found, "rows": add_multiples(rows)}, indent=1))

    def _ingest(self, options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if not options["learners"]:
            return
        with make_site() as environment:
            entered = measurement.make_sittings(environment, max(options["learners"]))
            for learners in sorted(options["learners"]):
                found = measurement.measure(
                    environment, "site", entered[:learners],
                    seconds=options["seconds"], every_s=A_SECOND, pin=False,
                )  # fmt: skip
                yield {"what": "ingest", "learners": learners, **found}

    def _pages(self, options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if not options["days"]:
            return
        days = [str(each) for each in options["days"]]
        with make_site() as environment:
            yield from run_rows(environment, *CURVES, "--here", "--days", *days)


def add_multiples(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add each cost as a multiple of the first of its kind: fewest learners, fewest days."""
    first: dict[str, float] = {}
    found = []
    for row in rows:
        cost = row[COST[row["what"]]]
        base = first.setdefault(row.get("page", row["what"]), cost)
        found.append({**row, "times_the_first": round(cost / base, 2)})
    return found
