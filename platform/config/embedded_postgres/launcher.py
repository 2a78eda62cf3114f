"""A PostgreSQL of our own under `var/`, from the binaries of a wheel, stopped with the site.

It makes no user, changes no permission outside its folder, listens on a socket only, and asks each
role for its password. Standard library only: it runs before Django can.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres import cluster, paths
from config.embedded_postgres.os_user import Identity, choose
from config.embedded_postgres.paths import APP, OWNER, PROGRAM, Place, PostgresFailed, binaries, url

__all__ = [
    "APP",
    "OWNER",
    "PostgresFailed",
    "Server",
    "kept",
    "lend",
    "running",
    "start",
    "stop",
    "url",
]
CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Server(Place):
    """A server to run. Who has it from the settings need not import this module."""

    def kept(self) -> AbstractContextManager[Server]:
        return kept(self)

    def binaries(self) -> Path:
        return binaries()


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server while the block runs; stopped after it if it was this block that started it."""
    started = start(server)
    try:
        yield server
    finally:
        if started:
            stop(server)


@contextmanager
def kept(server: Server) -> Iterator[Server]:
    """Runs it for a long time: commands beside this one find it marked and leave it running."""
    mark = server.folder / "keeper"
    start(server)
    mark.write_text(str(os.getpid()))
    try:
        yield server
    finally:
        mark.unlink(missing_ok=True)
        stop(server)


def lend(server: Server) -> None:
    """Starts it for one command where it is not running; stopped when the process ends."""
    if server.pid() is None and start(server):
        atexit.register(_return, server)


def _return(server: Server) -> None:
    """A keeper that came in the meantime keeps it."""
    if not (server.folder / "keeper").exists():
        stop(server)


def prepare(server: Server) -> None:
    """Passwords and the place of the socket, so that settings can name both before a start."""
    server.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    with _locked(server):
        paths.make_passwords(server)
        paths.place_socket(server)


def start(server: Server, *, patience_s: float = 30.0) -> bool:
    """Makes the server if it is not there and starts it; False when it was running already."""
    prepare(server)
    with _locked(server):
        if server.pid() is not None:
            _wait_ready(server, patience_s)
            return False
        _make_and_launch(server)
        _wait_ready(server, patience_s)
        if not (server.folder / "bootstrapped").exists():
            cluster.bootstrap(server)
    return True


def _make_and_launch(server: Server) -> None:
    identity = choose(server.folder, [binaries() / name for name in (PROGRAM, "initdb")])
    server.socket().mkdir(mode=0o700, exist_ok=True)
    identity.own(server.socket())
    if not (server.data / "PG_VERSION").exists():
        cluster.initdb(server, identity)
    identity.own(server.data)
    cluster.configure(server)
    _launch(server, identity)


@contextmanager
def _locked(server: Server) -> Iterator[None]:
    """Two commands that start together must not make it twice."""
    with (server.folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def stop(server: Server, *, patience_s: float = 20.0) -> None:
    """SIGINT: sessions are cut, nothing is lost. Waits until the process is gone."""
    pid = server.pid()
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + patience_s
    while _is_alive(server, pid):
        if time.monotonic() > deadline:
            raise PostgresFailed(f"process {pid} did not stop within {patience_s:.0f} s")
        time.sleep(0.02)


def _is_alive(server: Server, pid: int) -> bool:
    """Reaps the process when it is our child, so that a zombie does not count as alive."""
    child = CHILDREN.get(pid)
    if child is None:
        return server.is_server(pid)
    if child.poll() is not None:
        del CHILDREN[pid]
        return False
    return True


def _launch(server: Server, identity: Identity) -> None:
    server_command = [str(binaries() / PROGRAM), "-D", str(server.data)]
    command = identity.command([*_dies_with_parent(), *server_command])
    handle = os.open(server.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "ab") as log:
        child = subprocess.Popen(
            command,
            cwd="/",
            env=cluster.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    CHILDREN[child.pid] = child


def _dies_with_parent() -> list[str]:
    """Where Linux offers it: a supervisor or test run that is killed leaves no server behind."""
    return ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []


def _wait_ready(server: Server, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if cluster.psql(server, "SELECT 1", check=False).returncode == 0:
            return
        time.sleep(0.05)
    tail = server.log.read_text(errors="replace")[-800:] if server.log.exists() else ""
    raise PostgresFailed(f"PostgreSQL did not answer within {patience_s:.0f} s\n{tail}")
