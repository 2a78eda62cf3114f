"""Measures the import of a list of 50,000 people, and the pages that show them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from deployment import free_port, processes
from deployment.supervisor import Supervisor
from tools.loadtest.people import measurement
from tools.loadtest.people.steward_browser import StewardBrowser
from tools.testbed import machine
from tools.testbed.environment import format_row, make_site, run_rows, wait_until_ready

PROTOCOL = (
    "a web process (`serve web`) and a PostgreSQL of their own; a Steward uploads the list through "
    "the page, the worker's task reads it, the Steward starts, the task imports; then each page is "
    "asked for in turn, one request at a time; memory is what the web processes have in RAM beyond "
    "what they had once all pages had been asked for, now and at the most"
)
HOST, FIRST_PORT = "127.0.0.1", 18600
PEOPLE = ("tools.loadtest", "people")


class Command(BaseCommand):
    help = "Measure an import of people and the pages about them, on a separate site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, default=50_000, metavar="N")
        parser.add_argument("--times", type=int, default=25, help="requests per page")
        parser.add_argument("--keep", action="store_true", help="skip the undo")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--here", action="store_true", help="use this database (internal)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["here"]:
            for row in _rows(options):
                self.stdout.write(json.dumps(row))
                self.stdout.flush()
            return
        rows = []
        told = ["--people", str(options["people"]), "--times", str(options["times"])]
        told += ["--keep"] if options["keep"] else []
        with make_site() as environment:
            for row in run_rows(environment, *PEOPLE, "--here", *told):
                self.stderr.write(format_row(row))
                rows.append(row)
        if options["json"]:
            found = {"name": "bench_people", "protocol": PROTOCOL, "machine": machine.describe()}
            self.stdout.write(json.dumps({**found, "rows": rows}, indent=1))


def _rows(options: dict[str, Any]) -> Iterator[measurement.Row]:
    call_command("collectstatic", verbosity=0, interactive=False)
    steward = measurement.make_steward(timezone.now())
    with _run_site() as (address, pid):
        browser = StewardBrowser(address, steward)
        programs = {"web": pid, "worker": os.getpid()}
        yield from measurement.measure(
            browser, programs, options["people"], times=options["times"], undo=not options["keep"]
        )


@contextmanager
def _run_site() -> Iterator[tuple[str, int]]:
    """Start the web process as `serve web` does; yield its address and its process."""
    port = free_port.first_free(FIRST_PORT, HOST)
    supervisor = Supervisor(settings.VAR / "log", lambda _: None, settings.BASE_DIR)
    try:
        supervisor.start(
            processes.make_web(HOST, port, processes.make_environment(settings.BASE_DIR, "demo"))
        )
        wait_until_ready(port)
        yield f"{HOST}:{port}", supervisor.running["web"][1].pid
    finally:
        supervisor.stop(processes.STOP_ORDER)
