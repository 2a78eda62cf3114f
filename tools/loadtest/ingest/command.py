"""Measures messages a second through gate, sealing, commit and ack; and through baselines."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tools.loadtest.ingest import keystore_pairs, measurement
from tools.loadtest.ingest.copy_baseline import measure_copy
from tools.testbed import machine
from tools.testbed.environment import format_row, make_site
from tools.testbed.open_sittings import make_sittings
from tools.testbed.openbao_server import NoOpenBao

PROTOCOL = (
    "one web process (uvicorn), its own PostgreSQL with fsync; each message four Blocks (pointer, "
    "typing, activity, face; 2.1 kB) under live Grants, acknowledged after the commit; each page "
    "waits for its acks before it sends again; clients on the same machine. Pinned: web process on "
    "core 0, clients and PostgreSQL on core 1. parsing echo: the site's socket, the same Blocks "
    "parsed and checked, four acks; Channels and WebSocket echo: the message goes back as it is"
)
A_SECOND = 1.0


class Command(BaseCommand):
    help = "Measure the intake of raw sensor data over real sockets, in a separate database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sockets", type=int, default=400)
        parser.add_argument(
            "--learners", type=int, default=1000, help="with one message per second"
        )
        parser.add_argument("--seconds", type=float, default=6.0)
        parser.add_argument(
            "--every", type=float, default=0.05, help="minimum seconds between messages"
        )
        parser.add_argument("--pin", action="store_true", help="only the pinned rows")
        parser.add_argument("--json", action="store_true")
        parser.add_argument(
            "--keystore-pairs", type=int, metavar="N",
            help="instead, N pairs of runs: the keystore in a file, and in a PostgreSQL database",
        )  # fmt: skip
        parser.add_argument("--prepare", type=int, help="create this many people and print them")
        parser.add_argument("--copy", type=float, help="raw COPY for this many seconds, and print")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["prepare"]:
            made = make_sittings(options["prepare"], timezone.now())
            self.stdout.write(json.dumps([dataclasses.asdict(door) for door in made]))
            return
        if options["copy"]:
            self.stdout.write(json.dumps({"rows_a_second": measure_copy(options["copy"])}))
            return
        pairs = options["keystore_pairs"]
        if pairs is not None and pairs < 1:
            raise CommandError("expected one pair or more", returncode=2)
        protocol = PROTOCOL if pairs is None else keystore_pairs.PROTOCOL
        found = {"name": "bench_ingest", "protocol": protocol, "machine": machine.describe()}
        measured = self._rows(options) if pairs is None else self._pairs(options)
        try:
            rows = add_multiples(list(measured))
        except NoOpenBao as error:
            raise CommandError(str(error), returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps({**found, "rows": rows}, indent=1))
        if any(row.get("errors") or row.get("not_acknowledged") for row in rows):
            raise SystemExit(1)

    def _rows(self, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        people = max(options["sockets"], options["learners"])
        with make_site() as environment:
            self.stderr.write(f"making {people} people")
            entered = measurement.make_sittings(environment, people)
            for pin in (True,) if options["pin"] else (False, True):
                for target in measurement.TARGETS:
                    yield self._print_progress(
                        measurement.measure(
                            environment, target, entered[: options["sockets"]],
                            seconds=options["seconds"], every_s=options["every"], pin=pin,
                        )
                    )  # fmt: skip
            if not options["pin"]:
                yield self._print_progress(
                    measurement.measure(
                        environment, "site", entered[: options["learners"]],
                        seconds=options["seconds"], every_s=A_SECOND, pin=False,
                    )
                )  # fmt: skip
            yield self._print_progress(
                measurement.measure_copy(environment, options["seconds"] / 2)
            )

    def _pairs(self, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the rows of runs with either keystore, each pair's ratio, and the median."""
        with keystore_pairs.run_sites(options["sockets"]) as sites:
            rows = keystore_pairs.measure_pairs(
                sites, options["keystore_pairs"],
                seconds=options["seconds"], every_s=options["every"], pin=options["pin"],
            )  # fmt: skip
            yield from map(self._print_progress, rows)

    def _print_progress(self, row: dict[str, Any]) -> dict[str, Any]:
        self.stderr.write(format_row(row))
        self.stderr.flush()
        return row


def add_multiples(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the web process's time per message as a multiple of the parsing baseline's."""
    key = "web_cpu_us_a_message"
    base = {row["pinned"]: row[key] for row in rows if row["target"] == "parsing echo"}
    return [
        {**row, "times_the_parsing_echo": round(row[key] / base[row["pinned"]], 2)}
        if key in row and base.get(row["pinned"])
        else row
        for row in rows
    ]
