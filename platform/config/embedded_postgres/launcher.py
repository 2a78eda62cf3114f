"""A private PostgreSQL under `var/`, from the binaries of a wheel, stopped with the site.

It creates no OS user, changes no permissions outside its folder, listens on a socket only, and
requires each role's password. Standard library only: it runs before Django can.
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
from config.embedded_postgres.os_user import OsIdentity, choose_identity
from config.embedded_postgres.paths import (
    APP,
    OWNER,
    PROGRAM,
    PostgresFailed,
    PostgresFolder,
    binaries,
    make_url,
)

__all__ = [
    "APP",
    "OWNER",
    "PostgresFailed",
    "Server",
    "keep_running",
    "make_url",
    "run_for_block",
    "start",
    "start_for_process",
    "stop",
]
CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Server(PostgresFolder):
    """A server to run. The settings hold it, so that its users need not import this module."""

    def keep_running(self) -> AbstractContextManager[Server]:
        return keep_running(self)

    def binaries(self) -> Path:
        return binaries()


@contextmanager
def run_for_block(server: Server) -> Iterator[Server]:
    """Run the server for the block; stop it afterwards only if this call started it."""
    started = start(server)
    try:
        yield server
    finally:
        if started:
            stop(server)


@contextmanager
def keep_running(server: Server) -> Iterator[Server]:
    """Run the server for long: other commands see the mark and leave it running."""
    mark = server.folder / "keeper"
    start(server)
    mark.write_text(str(os.getpid()))
    try:
        yield server
    finally:
        mark.unlink(missing_ok=True)
        stop(server)


def start_for_process(server: Server) -> None:
    """Start it for one command if it is not running; it stops when the process ends."""
    if server.pid() is None and start(server):
        atexit.register(_stop_unless_kept, server)


def _stop_unless_kept(server: Server) -> None:
    """Stop it, unless a long-running keeper has taken over in the meantime."""
    if not (server.folder / "keeper").exists():
        stop(server)


def prepare(server: Server) -> None:
    """Create passwords and the socket's folder, so that settings can name both before a start."""
    server.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    with _hold_lock(server):
        paths.make_passwords(server)
        paths.place_socket(server)


def start(server: Server, *, patience_s: float = 30.0) -> bool:
    """Create the server if missing and start it; return False if it was already running."""
    prepare(server)
    with _hold_lock(server):
        if server.pid() is not None:
            _wait_ready(server, patience_s)
            return False
        _make_and_launch(server)
        _wait_ready(server, patience_s)
        if not (server.folder / "bootstrapped").exists():
            cluster.bootstrap(server)
    return True


def _make_and_launch(server: Server) -> None:
    identity = choose_identity(server.folder, [binaries() / name for name in (PROGRAM, "initdb")])
    server.socket().mkdir(mode=0o700, exist_ok=True)
    identity.own(server.socket())
    if not (server.data / "PG_VERSION").exists():
        cluster.initdb(server, identity)
    identity.own(server.data)
    cluster.configure(server)
    _launch(server, identity)


@contextmanager
def _hold_lock(server: Server) -> Iterator[None]:
    """Hold a lock, so that two concurrent commands do not create the server twice."""
    with (server.folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def stop(server: Server, *, patience_s: float = 20.0) -> None:
    """Stop the server by SIGINT, which disconnects sessions without data loss; wait for its end."""
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
    """Return whether it runs; reaps a child process, so that a zombie does not count as alive."""
    child = CHILDREN.get(pid)
    if child is None:
        return server.is_server(pid)
    if child.poll() is not None:
        del CHILDREN[pid]
        return False
    return True


def _launch(server: Server, identity: OsIdentity) -> None:
    server_command = [str(binaries() / PROGRAM), "-D", str(server.data)]
    command = identity.command([*_parent_death_prefix(), *server_command])
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


def _parent_death_prefix() -> list[str]:
    """Return a command prefix that ends the server with its parent, where Linux offers it."""
    return ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []


def _wait_ready(server: Server, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if cluster.psql(server, "SELECT 1", check=False).returncode == 0:
            return
        time.sleep(0.05)
    tail = server.log.read_text(errors="replace")[-800:] if server.log.exists() else ""
    raise PostgresFailed(f"PostgreSQL did not answer within {patience_s:.0f} s\n{tail}")
