"""Measures a video that an author uploads over a slow line that breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from authoring.media.uploads import MB
from courses.models import Course
from demo import seed_data
from deployment import free_port, processes
from deployment.supervisor import Supervisor
from tools.loadtest.films import measurement
from tools.testbed import machine
from tools.testbed.environment import format_row, make_site, run_rows, wait_until_ready

PROTOCOL = (
    "a web process (`serve web`) and a PostgreSQL of their own; an author sends invented bytes by "
    "tus in pieces of 8 MB, paced to the speed of the line; at each break the connection is closed "
    "within a piece; the digest of the stored file is compared with that of the bytes sent; memory "
    "is resident memory once a second, beyond that after a first small upload"
)
HOST, FIRST_PORT = "127.0.0.1", 18700
FILMS = ("tools.loadtest", "films")


class Command(BaseCommand):
    help = "Measure the upload of a large video over a slow line that breaks, on a separate site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mb", type=int, default=2048, metavar="N", help="size of the film")
        parser.add_argument(
            "--rate", type=float, default=2.0, metavar="R", help="MB a second; 0 for no limit"
        )
        parser.add_argument("--breaks", type=int, default=5, metavar="B")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--here", action="store_true", help="use this database (internal)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["here"]:
            for row in _rows(options):
                self.stdout.write(json.dumps(row))
                self.stdout.flush()
            return
        rows = []
        numbers = [text for name in ("mb", "rate", "breaks") for text in _repeat(name, options)]
        with make_site() as environment:
            for row in run_rows(environment, *FILMS, "--here", *numbers):
                self.stderr.write(format_row(row))
                rows.append(row)
        if options["json"]:
            found = {"name": "bench_films", "protocol": PROTOCOL, "machine": machine.describe()}
            self.stdout.write(json.dumps({**found, "rows": rows}, indent=1))


def _repeat(name: str, options: dict[str, Any]) -> list[str]:
    return [f"--{name}", str(options[name])]


def _rows(options: dict[str, Any]) -> Iterator[measurement.Row]:
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("import_course", str(seed_data.COURSE_PACKAGE), verbosity=0)
    course = Course.objects.get()
    author = measurement.make_author(course, timezone.now())
    line = measurement.Line(options["rate"] or None, options["breaks"])
    with _run_site() as (address, pid):
        yield from measurement.measure(
            address, {"web": pid}, course, author, options["mb"] * MB, line
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
