"""Starts processes, prefixes their output, and stops them in order, leaving none behind.

Each runs in its own session, so Ctrl-C reaches only the supervisor, which then decides.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Process:
    """A program: how it starts, which signal stops it, and how long stopping may take."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    patience_s: float = 10.0


class ProcessDied(Exception):
    """A process ended unexpectedly."""


class Supervisor:
    """Runs processes in the order they were started; `stop` takes its own order."""

    def __init__(self, logs: Path, say: Callable[[str], None], folder: Path | None = None) -> None:
        self.logs, self.say, self.folder = logs, say, folder
        self.running: dict[str, tuple[Process, subprocess.Popen[str]]] = {}
        self._readers: list[threading.Thread] = []

    def start(self, process: Process) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        started = subprocess.Popen(
            [*_dies_with_parent(), *process.command],
            cwd=self.folder, env={**os.environ, **process.environment}, text=True, bufsize=1,
            errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.running[process.name] = (process, started)
        assert started.stdout is not None  # noqa: S101
        self._read(process.name, started.stdout)

    def watch(self, ended: threading.Event, every_s: float = 0.2) -> None:
        """Wait until `ended` is set; raise ProcessDied if a process dies before that."""
        while not ended.wait(every_s):
            self.check()

    def check(self) -> None:
        for name, (_, started) in self.running.items():
            if started.poll() is not None:
                raise ProcessDied(f"{name} ended by itself with exit code {started.returncode}")

    def stop(self, order: Sequence[str] = ()) -> None:
        """Stop each in turn: signal, wait, and kill the remaining processes of its group."""
        names = [name for name in order if name in self.running]
        for name in names + [name for name in reversed(self.running) if name not in names]:
            self._stop(*self.running.pop(name))
        for reader in self._readers:
            reader.join(timeout=2)

    def _stop(self, process: Process, started: subprocess.Popen[str]) -> None:
        if started.poll() is None:
            started.send_signal(process.stop_signal)
            try:
                started.wait(process.patience_s)
            except subprocess.TimeoutExpired:
                self.say(f"{process.name} did not stop within {process.patience_s:.0f} s: killed")
        _kill_group(started.pid)
        started.wait()

    def _read(self, name: str, stream: IO[str]) -> None:
        reader = threading.Thread(target=self._prefix, args=(name, stream), daemon=True)
        reader.start()
        self._readers.append(reader)

    def _prefix(self, name: str, stream: IO[str]) -> None:
        with stream, (self.logs / f"{name}.log").open("a") as log:
            for line in stream:
                log.write(line)
                log.flush()
                self.say(f"{name:<7}| {line.rstrip()}")


@contextmanager
def ending_signals() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C, SIGTERM or a closed terminal sets; repeats have no effect."""
    ended = threading.Event()
    before = {number: signal.getsignal(number) for number in ENDING}
    for number in ENDING:
        signal.signal(number, lambda *_: ended.set())
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_until(
    ready: Callable[[], bool],
    ended: threading.Event,
    *,
    patience_s: float,
    check: Callable[[], None],
) -> bool:
    """Poll until `ready`; False if asked to end first, or after `patience_s`."""
    deadline = time.monotonic() + patience_s
    while not ended.is_set() and time.monotonic() < deadline:
        check()
        if ready():
            return True
        ended.wait(0.1)
    return False


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _dies_with_parent() -> list[str]:
    """On Linux, have the child receive SIGTERM when the supervisor itself is killed."""
    if sys.platform != "linux" or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--pdeathsig", "TERM", "--"]
