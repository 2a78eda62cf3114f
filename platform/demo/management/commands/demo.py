"""`manage.py demo`: starts everything Attune needs with one command; Ctrl-C ends it."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from demo import seed_data, static_collection
from demo.simulated_learners import launcher
from deployment import command_help, free_port, processes
from deployment.supervisor import ProcessDied, Supervisor, ending_signals, wait_until
from vault import http_client

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = command_help.DEMO
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        command_help.add_demo_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        with ExitStack() as stack:
            ended = stack.enter_context(ending_signals())
            self._database(stack)
            people = self._prepare(ended)
            launcher.write_history(settings.BASE_DIR, 0 if ended.is_set() else options["learners"])
            if ended.is_set():
                return
            port = self._port(options["port"])
            supervisor = Supervisor(settings.VAR / "log", self._say, settings.BASE_DIR)
            stack.callback(self._stop, supervisor)
            self._run(supervisor, port, ended)
            self._announce(port, people, time.monotonic() - began)
            self._go_on(supervisor, ended, port, options)

    def _database(self, stack: ExitStack) -> None:
        server = settings.PRIVATE_POSTGRES
        if server is not None:
            self._say("demo   | PostgreSQL starts")
            stack.enter_context(server.keep_running())

    def _prepare(self, ended: threading.Event) -> list[seed_data.DemoLogin]:
        """Prepare tables, static files, people and course; each step skips what is done."""
        self._say("demo   | tables and files")
        call_command("migrate", verbosity=0, interactive=False)
        static_collection.collect_changed()
        if ended.is_set():
            return []
        self._say("demo   | course, people, history")
        return seed_data.seed(seed_data.COURSE_PACKAGE, now=timezone.now())

    def _port(self, wanted: int) -> int:
        port = free_port.first_free(wanted, HOST)
        if port != wanted:
            self._say(f"demo   | port {wanted} is busy; taking {port}")
        return port

    def _run(self, supervisor: Supervisor, port: int, ended: threading.Event) -> None:
        environment = processes.make_environment(
            settings.BASE_DIR, settings.LEGAL_PROFILE or "demo"
        )
        supervisor.start(processes.make_web(HOST, port, environment))
        supervisor.start(processes.make_worker(environment))
        supervisor.start(processes.make_beat(environment))
        address = f"http://{HOST}:{port}/health/ready"
        try:
            ready = wait_until(
                lambda: _responds(address), ended, patience_s=60, check=supervisor.check
            )
        except ProcessDied as error:
            raise CommandError(f"{error}; see var/log") from None
        if not ready and not ended.is_set():
            raise CommandError(f"the site did not become ready: {_find_reason(address)}")

    def _announce(self, port: int, people: list[seed_data.DemoLogin], seconds: float) -> None:
        self.stdout.write("")
        for person in people:
            self.stdout.write(f"{person.login} {person.password} {person.role}")
        self.stdout.write(f"\nAttune is ready after {seconds:.0f} s: http://localhost:{port}/")
        if not (settings.BASE_DIR / "static" / "vendor").exists():
            self.stdout.write("Without Node.js: no live parts, no charts, no face sensing.")
        self.stdout.write("Ctrl-C stops everything.\n")
        self.stdout.flush()

    def _go_on(
        self, supervisor: Supervisor, ended: threading.Event, port: int, options: dict[str, Any]
    ) -> None:
        learners = launcher.make_process(settings.BASE_DIR, HOST, port, options["learners"])
        if learners is not None and not ended.is_set():
            supervisor.start(learners)
        if options["minutes"]:
            threading.Timer(options["minutes"] * 60, ended.set).start()
        try:
            supervisor.watch(ended)
        except ProcessDied as error:
            raise CommandError(f"{error}; see var/log") from None

    def _stop(self, supervisor: Supervisor) -> None:
        self._say("demo   | stopping")
        supervisor.stop(processes.STOP_ORDER)

    def _say(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _responds(address: str) -> bool:
    try:
        return http_client.send_request("GET", address, timeout=2).accepted
    except OSError:
        return False


def _find_reason(address: str) -> str:
    try:
        reply = http_client.send_request("GET", address, timeout=2)
    except OSError as error:
        return str(error)
    if not reply.accepted:
        return reply.body[:500].decode(errors="replace")
    return "it answers now"
