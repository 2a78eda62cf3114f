"""`manage.py serve web|worker|beat`: run one process of the site, for a process manager.

`demo` runs the same three under its own supervisor; here systemd or a container engine does.
"""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from deployment import processes
from deployment.supervisor import Process

NO_DATABASE = (
    "serve is for a site with a PostgreSQL of its own: give DATABASE_URL. "
    "`manage.py demo` comes with one."
)


class Command(BaseCommand):
    help = (
        "Becomes one process of the site: web, worker or beat. SIGTERM ends it and loses nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True)
        web = kinds.add_parser("web", help="pages, API and sockets")
        web.add_argument("--host", default="127.0.0.1")
        web.add_argument("--port", type=int, default=8000)
        worker = kinds.add_parser("worker", help="drains what is due")
        worker.add_argument("--queues", default=processes.QUEUES, help="live, slow, or both")
        worker.add_argument("--threads", type=int, default=3)
        kinds.add_parser("beat", help="the clock of the sweeps; of several, one starts tasks")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRIVATE_POSTGRES is not None:
            raise CommandError(NO_DATABASE, returncode=2)
        process = _process(options)
        variables = {**os.environ, **process.environment}
        os.execve(process.command[0], list(process.command), variables)  # noqa: S606


def _process(options: dict[str, Any]) -> Process:
    environment = processes.make_environment(settings.BASE_DIR, None)
    if options["kind"] == "web":
        return processes.make_web(options["host"], options["port"], environment)
    if options["kind"] == "worker":
        return processes.make_worker(environment, options["threads"], options["queues"])
    return processes.make_beat(environment)
