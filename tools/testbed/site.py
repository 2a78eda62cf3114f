"""A site under test: its programs, its PostgreSQL, its broker, and the network in front of it."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import redis

from deployment import processes
from deployment.free_port import first_free
from tools.testbed import machine, process_control
from tools.testbed.environment import wait_until_ready
from tools.testbed.process_control import SiteProgram, Zygote
from tools.testbed.proxy import Proxy

COMPLAINT = re.compile(r"[\w.]*(Error|Exception|Unavailable|Shutdown|Closed)\b")
REDIS = "redis-server"


@dataclass(slots=True)
class Redis:
    """A separate Redis without persistence: its data are lost when it is killed."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [REDIS, "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [*command, "--bind", "127.0.0.1", *_debugging()],
            stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def send(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(5)

    def flush(self) -> None:
        with suppress(redis.RedisError):
            redis.Redis(port=self.port).flushall()

    def sleep(self, seconds: float) -> None:
        """Make it unresponsive for `seconds`; returns afterwards."""
        with suppress(redis.RedisError):
            asking: Any = redis.Redis(port=self.port)
            asking.execute_command("DEBUG", "SLEEP", f"{seconds:.2f}")


@cache
def _debugging() -> list[str]:
    """Return the option that allows DEBUG, needed from Redis 7 on and unknown before."""
    said = subprocess.run([REDIS, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"v=(\d+)", said.stdout)
    return ["--enable-debug-command", "local"] if found and int(found[1]) >= 7 else []


@dataclass(slots=True)
class Site:
    """A site under test.

    `postgres`: the private server if it belongs to this site. `conninfo`: its database.
    `fault_thread`: the one thread that injects faults; a PostgreSQL started by it ends with that
    thread. `revived`: how often each program had ended by itself and was restarted, as systemd and
    compose do.
    """

    environment: Mapping[str, str]
    folder: Path
    conninfo: str
    rng: Random
    postgres: Any = None
    redis: Redis | None = None
    application: str | None = None
    port: int = 0
    programs: dict[str, SiteProgram] = field(default_factory=dict)
    zygotes: dict[str, Zygote] = field(default_factory=dict)
    shared_zygote: Zygote | None = None
    resources: ExitStack = field(default_factory=ExitStack)
    proxy: Proxy = field(init=False)
    fault_thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    revived: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.port = first_free(self.port or 18000 + self.rng.randrange(4000))
        self.proxy = Proxy(self.port, self.rng)

    def start(self, *names: str) -> None:
        """Start the programs of these names; return when the web process answers."""
        for name in names:
            self.programs[name] = self._program(name)
            self.programs[name].start()
        if "web" in names:
            wait_until_ready(self.port)

    def _program(self, name: str) -> SiteProgram:
        if name == "web":
            process = process_control.web(self.port, self.environment, self.application)
            zygote = self.shared_zygote or self._zygote(process_control.WARM_WEB)
        else:
            zygote = self._zygote(process_control.WARM_WORKER)
            process = (
                process_control.worker(self.environment)
                if name == "worker"
                else processes.make_beat(self.environment)
            )
        return SiteProgram(process, zygote, self.folder / f"{name}.log")

    def _zygote(self, warm: str) -> Zygote:
        if warm not in self.zygotes:
            self.zygotes[warm] = Zygote(warm, self.environment)
        return self.zygotes[warm]

    def revive(self) -> None:
        """Restart programs that ended by themselves; call it between two faults."""
        for name, program in self.programs.items():
            if not program.is_running():
                self.revived[name] += 1
                program.start()

    def stop(self) -> None:
        if self.postgres is not None:
            self.send("postgres", signal.SIGCONT)  # one that is stopped could not be ended
        for program in self.programs.values():
            program.kill()
        for zygote in self.zygotes.values():
            zygote.close()
        if self.redis is not None:
            self.redis.kill()
        self.resources.close()
        self.fault_thread.shutdown()

    def log(self, name: str) -> str:
        file = self.folder / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def count_tracebacks(self, name: str, most: int = 8) -> dict[str, int]:
        """Count the last lines of the tracebacks in a program's log."""
        lines = self.log(name).splitlines()
        ends = Counter(line[:100] for line in lines if COMPLAINT.match(line))
        return dict(ends.most_common(most))

    def kill_backend(self) -> bool:
        """kill -9 of one backend: PostgreSQL ends all of them and recovers from its log."""
        with psycopg.connect(self.conninfo, autocommit=True) as asking:
            found = asking.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                " AND pid <> pg_backend_pid() AND datname = current_database()"
            ).fetchall()
        if not found:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.rng.choice(found)[0], signal.SIGKILL)
        return True

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to all processes of a program, of PostgreSQL, or to Redis."""
        if name == "postgres":
            self._send_postgres(number)
        elif name != "redis":
            self.programs[name].signal(number)
        elif self.redis is not None:
            self.redis.send(number)

    def _send_postgres(self, number: signal.Signals) -> None:
        """Signal the postmaster first: once stopped, it starts no backend that this would miss."""
        postmaster = self.postgres.pid()
        others = machine.find_processes_in(self.postgres.folder)
        for pid in filter(None, (postmaster, *(each for each in others if each != postmaster))):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def quit_postgres(self) -> None:
        """Stop this site's own server immediately: no checkpoint, no goodbye to clients."""
        pid = self.postgres.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGQUIT)
        while self.postgres.pid() is not None:
            time.sleep(0.02)

    def limit_files(self, bytes_: int) -> None:
        """Limit the size of any file that this site's PostgreSQL processes may write."""
        for pid in machine.find_processes_in(self.postgres.folder):
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes_, resource.RLIM_INFINITY))

    def wait_for_database(self, patience_s: float = 30.0) -> None:
        """Wait until the database answers; restart this site's server if it has stopped."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if self.postgres is not None and self.postgres.pid() is None:
                self.resources.enter_context(self.postgres.keep_running())
            with suppress(psycopg.Error), psycopg.connect(self.conninfo, connect_timeout=2):
                return
            time.sleep(0.05)
        raise TimeoutError(f"the database did not come back within {patience_s:.0f} s")
