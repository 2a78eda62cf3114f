"""`bench_ingest`: messages a second through gate, seal, commit and ack; and a parsing echo's."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from operations.ingest import measure
from operations.ingest.people import make_doors

PROTOCOL = (
    "one web process (uvicorn, wsproto), its own PostgreSQL with fsync; each message four Blocks "
    "(pointer, typing, activity, face; 2.1 kB) under live Grants, acknowledged after the commit; "
    "each page waits for its acks before it sends again; clients on the same machine"
)


class Command(BaseCommand):
    help = "Measures the Block road over real sockets, against a database of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sockets", type=int, default=400)
        parser.add_argument("--seconds", type=float, default=10.0)
        parser.add_argument("--every", type=float, default=0.05, help="least s between messages")
        parser.add_argument("--pin", action="store_true", help="web on core 0, the rest on core 1")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--prepare", type=int, help="make this many people and print them")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["prepare"]:
            made = make_doors(options["prepare"], timezone.now())
            self.stdout.write(json.dumps([dataclasses.asdict(door) for door in made]))
            return
        if options["pin"]:
            os.sched_setaffinity(0, {1})
        rows = self._measure(options)
        if options["json"]:
            found = {"name": "bench_ingest", "protocol": PROTOCOL, "rows": rows}
            self.stdout.write(json.dumps(found, indent=1))
        if any(row["errors"] or row["not_acknowledged"] for row in rows):
            raise SystemExit(1)

    def _measure(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        rows = []
        with measure.place() as environment:
            self.stderr.write(f"making {options['sockets']} people")
            entered = measure.doors(environment, options["sockets"])
            for target in (measure.ECHO, measure.SITE):
                row = measure.measure(
                    environment, target, entered,
                    seconds=options["seconds"], every_s=options["every"], pin=options["pin"],
                )  # fmt: skip
                self.stderr.write(f"{row['target']}: {row['messages_a_second']} messages a second")
                rows.append(row)
        return rows
