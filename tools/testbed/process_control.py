"""Control of the processes of a site under test: forked start, kill, suspend, restart."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from deployment import processes
from deployment.supervisor import Process

WARM_WEB = "config.asgi,config.server.web_server,uvicorn.lifespan.on"
WARM_WORKER = (
    "config.celery,django:setup(),pipeline.tasks,celery.bin.celery,celery.apps.worker,torch"
)


class Zygote:
    """A process that has imported everything once; each `fork` is a new process with all of it."""

    def __init__(self, warm: str, environment: Mapping[str, str], namespace: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.testbed.prefork", warm, namespace],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self._read_line() != "ready":
            raise RuntimeError(f"expected {warm} to be importable")

    def fork(self, log: Path, command: Sequence[str]) -> int:
        """Run a program with its arguments and return the process id."""
        assert self.process.stdin is not None  # noqa: S101
        self.process.stdin.write(json.dumps([str(log), *command]) + "\n")
        self.process.stdin.flush()
        return int(self._read_line())

    def close(self) -> None:
        self.process.communicate(timeout=10)

    def _read_line(self) -> str:
        assert self.process.stdout is not None  # noqa: S101
        line: str = self.process.stdout.readline()
        return line.strip()


class SiteProgram:
    """One of the site's programs, forked from a zygote at each start."""

    def __init__(self, process: Process, zygote: Zygote, log: Path) -> None:
        # Without the interpreter and -m.
        self.command, self.zygote, self.log = process.command[2:], zygote, log
        self.pid: int | None = None

    def start(self) -> None:
        self.pid = self.zygote.fork(self.log, self.command)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes; the web program has two."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL, which the program cannot handle."""
        self.signal(signal.SIGKILL)
        self.wait(5.0)

    def wait(self, patience_s: float) -> bool:
        """Wait until it has ended; False after `patience_s`."""
        until = time.monotonic() + patience_s
        while self.is_running():
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def is_running(self) -> bool:
        return self.pid is not None and Path(f"/proc/{self.pid}").exists()


def web(port: int, environment: Mapping[str, str], application: str | None = None) -> Process:
    """Return the web process.

    `application` replaces the site's own with one that has a planted defect, in one process.
    """
    if application is None:
        return processes.make_web("127.0.0.1", port, environment)
    command = [
        *processes.make_single_process_command(application),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    return Process("web", command, environment)


def worker(environment: Mapping[str, str]) -> Process:
    return processes.make_worker(environment, threads=1)
