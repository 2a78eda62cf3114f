"""Measures MB per learner-hour before and after compaction; a year erased, days dropped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from telemetry.blocks import partitions
from tools.loadtest.storage import disk_usage, fixtures
from tools.testbed.environment import format_row, make_site, run_rows

PROTOCOL = (
    "simulated people (pointer, typing, face at 10 Hz, pulse at 128 Hz; values on their channels' "
    "steps), stored by the road of a page's Blocks in a PostgreSQL of its own; whole files of the "
    "Block table, with indexes and what is dead in them; then one more sits on each of the days"
)
STORAGE = ("tools.loadtest", "storage")


class Command(BaseCommand):
    help = "Measure the disk space of raw sensor data, and its deletion, in a separate database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--learners", type=int, default=4, help="learners at the same time")
        parser.add_argument("--minutes", type=int, default=60, help="minutes for each learner")
        parser.add_argument(
            "--days", type=int, default=365, help="days, each with one more learner"
        )
        parser.add_argument("--minutes-a-day", type=int, default=10)
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--here", action="store_true", help="use this database (internal)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["here"]:
            for row in _rows(options):
                self.stdout.write(json.dumps(row))
                self.stdout.flush()
            return
        rows = []
        with make_site() as environment:
            for row in run_rows(environment, *STORAGE, "--here", *_format_arguments(options)):
                self.stderr.write(format_row(row))
                rows.append(row)
        if options["json"]:
            found = {"name": "bench_storage", "protocol": PROTOCOL, "rows": rows}
            self.stdout.write(json.dumps(found, indent=1))


def _rows(options: dict[str, Any]) -> Iterator[disk_usage.Row]:
    now = timezone.now()
    unit, people = fixtures.make_people(options["learners"] + 1, now=now)
    partitions.open_days()
    *many, one = people
    yield from disk_usage.measure_space(many, unit, 60 * options["minutes"], now=now)
    played = fixtures.simulate_rows(0, 60 * options["minutes_a_day"])
    yield from disk_usage.measure_year(one, many[0], unit, options["days"], played, now=now)


def _format_arguments(options: dict[str, Any]) -> list[str]:
    names = ("learners", "minutes", "days", "minutes_a_day")
    return [part for n in names for part in (f"--{n.replace('_', '-')}", str(options[n]))]
