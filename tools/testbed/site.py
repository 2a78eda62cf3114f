"""A site under attack: its programs, its PostgreSQL, its broker, and the network before it."""

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

from deployment.free_port import first_free
from tools.testbed import machine, process_control
from tools.testbed.environment import wait_until_it_answers
from tools.testbed.process_control import Program, Zygote
from tools.testbed.proxy import Proxy

COMPLAINT = re.compile(r"[\w.]*(Error|Exception|Unavailable|Shutdown|Closed)\b")
REDIS = "redis-server"


@dataclass(slots=True)
class Redis:
    """A Redis of its own without persistence: what it held is gone when it is killed."""

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
        """It answers nobody for so long; returns afterwards."""
        with suppress(redis.RedisError):
            asking: Any = redis.Redis(port=self.port)
            asking.execute_command("DEBUG", "SLEEP", f"{seconds:.2f}")


@cache
def _debugging() -> list[str]:
    """From 7 on, DEBUG has to be allowed; before that there is no such option."""
    said = subprocess.run([REDIS, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"v=(\d+)", said.stdout)
    return ["--enable-debug-command", "local"] if found and int(found[1]) >= 7 else []


@dataclass(slots=True)
class Site:
    """`postgres` = the private server where it is this site's own, `conninfo` = its database.

    `lent` = a zygote of the web process that others use too. `hands` = the one thread that does
    harm: a PostgreSQL that it started ends with that thread. `revived` = how often each program
    had ended by itself and was started anew, as systemd and compose do it.
    """

    environment: Mapping[str, str]
    folder: Path
    conninfo: str
    rng: Random
    postgres: Any = None
    redis: Redis | None = None
    application: str | None = None
    port: int = 0
    programs: dict[str, Program] = field(default_factory=dict)
    zygotes: dict[str, Zygote] = field(default_factory=dict)
    lent: Zygote | None = None
    kept: ExitStack = field(default_factory=ExitStack)
    proxy: Proxy = field(init=False)
    hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    revived: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.port = first_free(self.port or 18000 + self.rng.randrange(4000))
        self.proxy = Proxy(self.port, self.rng)

    def start(self, *names: str) -> None:
        """The programs of these names; returns when the web process answers."""
        for name in names:
            self.programs[name] = self._program(name)
            self.programs[name].start()
        if "web" in names:
            wait_until_it_answers(self.port)

    def _program(self, name: str) -> Program:
        if name == "web":
            process = process_control.web(self.port, self.environment, self.application)
            zygote = self.lent or self._zygote(process_control.WARM_WEB)
        else:
            zygote = self._zygote(process_control.WARM_WORKER)
            process = (
                process_control.worker(self.environment)
                if name == "worker"
                else process_control.beat(self.environment, self.folder / "beat-schedule")
            )
        return Program(process, zygote, self.folder / f"{name}.log")

    def _zygote(self, warm: str) -> Zygote:
        if warm not in self.zygotes:
            self.zygotes[warm] = Zygote(warm, self.environment)
        return self.zygotes[warm]

    def revive(self) -> None:
        """Between two faults: whatever is not running has ended by itself."""
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
        self.kept.close()
        self.hands.shutdown()

    def log(self, name: str) -> str:
        file = self.folder / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def complaints(self, name: str, most: int = 8) -> dict[str, int]:
        """What ended a traceback in a program's log, and how often."""
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
        """To all processes of a program, of PostgreSQL, or to Redis."""
        if name == "postgres":
            self._send_postgres(number)
        elif name != "redis":
            self.programs[name].signal(number)
        elif self.redis is not None:
            self.redis.send(number)

    def _send_postgres(self, number: signal.Signals) -> None:
        """The postmaster first: one that is stopped starts no backend that this does not see."""
        postmaster = self.postgres.pid()
        others = machine.running_in(self.postgres.folder)
        for pid in filter(None, (postmaster, *(each for each in others if each != postmaster))):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def quit_postgres(self) -> None:
        """Immediate stop of this site's own server: no checkpoint, no farewell."""
        pid = self.postgres.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGQUIT)
        while self.postgres.pid() is not None:
            time.sleep(0.02)

    def limit_files(self, bytes_: int) -> None:
        """No process of this site's PostgreSQL may write beyond that place of a file."""
        for pid in machine.running_in(self.postgres.folder):
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes_, resource.RLIM_INFINITY))

    def wait_for_database(self, patience_s: float = 30.0) -> None:
        """Until the database answers; a server of this site that gave up is started anew."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if self.postgres is not None and self.postgres.pid() is None:
                self.kept.enter_context(self.postgres.keep_running())
            with suppress(psycopg.Error), psycopg.connect(self.conninfo, connect_timeout=2):
                return
            time.sleep(0.05)
        raise TimeoutError(f"the database did not come back within {patience_s:.0f} s")
