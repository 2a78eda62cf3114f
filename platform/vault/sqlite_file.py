"""The keystore's SQLite file: write-ahead log, secure delete, one connection per thread.

Readers use autocommit, so none of them keeps destroyed bytes in the log for long.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vault import queries
from vault.errors import KeystoreBusy
from vault.key_table import CLOSED_TEXTS, FILLING, MOVED, require_open
from vault.master_keys import MasterKeyFolder

FILE_NAME = "keys.sqlite3"
STATE = "CREATE TABLE IF NOT EXISTS closed (why TEXT NOT NULL)"
SCHEMA = """
CREATE TABLE IF NOT EXISTS generation (number INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS key (
  id BLOB PRIMARY KEY, subject BLOB NOT NULL, scope TEXT NOT NULL, epoch INTEGER NOT NULL,
  made_at REAL NOT NULL, generation INTEGER NOT NULL, wrapped BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS key_name ON key (subject, scope, epoch, made_at);
CREATE INDEX IF NOT EXISTS key_generation ON key (generation);
CREATE TABLE IF NOT EXISTS ledger (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, erasure BLOB NOT NULL UNIQUE, ref BLOB NOT NULL,
  terms TEXT NOT NULL, cause TEXT NOT NULL, at REAL NOT NULL
);
"""
CHECKPOINT_TIMEOUT_S = 10.0
CHECKPOINT_PAUSE_S = 0.02
# Errors caused by another process or by a full or broken disk; a retry may succeed.
TEMPORARY_ERRORS = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
)


@contextlib.contextmanager
def lock_store(folder: Path) -> Iterator[None]:
    """Hold the lock for changing the store's structure; it is freed if the process dies."""
    handle = os.open(folder / "store.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _raise_busy(consequence: str) -> Iterator[None]:
    """Turn errors that may pass into KeystoreBusy; a wrong statement stays an error."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # The low byte is the kind of error; the rest is detail.
        if error.sqlite_errorcode & 0xFF not in TEMPORARY_ERRORS:
            raise
        raise KeystoreBusy(
            f"the keystore cannot be written now ({error}): {consequence}"
        ) from error


@contextlib.contextmanager
def _raise_moved() -> Iterator[None]:
    """Turn the error of a process that still uses a file without keys into KeystoreBusy."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        raise KeystoreBusy(CLOSED_TEXTS[MOVED]) from error


class KeyFileConnection(sqlite3.Connection):
    """A connection to a file whose keys may be moved away while it is open."""

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        with _raise_moved():
            return super().execute(sql, values)

    def executemany(self, sql: str, values: Any, /) -> sqlite3.Cursor:
        with _raise_moved():
            return super().executemany(sql, values)


class KeyFile:
    """Statements on one file, from any thread of any process."""

    shared = False

    def __init__(self, path: Path, *, moving: bool = False) -> None:
        self.path = path
        self._moving = moving
        self._masters = MasterKeyFolder(path.parent)
        self._local = threading.local()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm files the permissions of the main file. An existing file is
        # not opened here: closing it would drop the locks of this process's other connections.
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with lock_store(path.parent):
            self._prepare()

    def lock(self) -> contextlib.AbstractContextManager[None]:
        """Hold the folder's lock."""
        return lock_store(self.path.parent)

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection; one inherited through a fork is not used."""
        own = getattr(self._local, "own", None)
        if own is None or own[0] != os.getpid():
            own = (os.getpid(), self._open())
            self._local.own = own
        connection: sqlite3.Connection = own[1]
        return connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is the only writer from its first statement on.

        Raises KeystoreBusy; the connection stays usable either way.
        """
        with _raise_busy("nothing was written"):
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                if not self._moving:
                    require_open(self.closed())
                yield connection
                connection.execute("COMMIT")
            finally:
                # On a full disk SQLite rolls back by itself.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def start_generation(self, number: int, stored: bytes) -> None:
        """Store a master key; its file is on disk before the row that names it."""
        self._masters.write(number, stored)
        with self.writing() as connection:
            connection.execute("INSERT INTO generation VALUES (?)", (number,))

    def read_master(self, number: int) -> bytes:
        return self._masters.read(number)

    def masters_before(self, number: int) -> list[int]:
        return self._masters.before(number)

    def remove_master(self, number: int) -> None:
        self._masters.remove(number)

    def needs_rotation(self) -> bool:
        """Return False: a rewritten file has no byte of deleted rows."""
        return False

    def closed(self) -> str:
        return queries.find_closed(self.connection())

    def set_closed(self, why: str) -> None:
        """Close the store or open it, as `vault.key_table` says.

        Without its tables the statements of another process fail.
        """
        connection = self.connection()
        queries.write_closed(connection, why)
        if why == MOVED:
            connection.execute("DROP TABLE key")
            connection.execute("DROP TABLE ledger")
        elif why == FILLING:
            # `executescript` would end the transaction.
            for statement in SCHEMA.split(";"):
                connection.execute(statement)

    def empty(self) -> None:
        queries.delete_all(self.connection())
        self.mark_pending()

    def wipe(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Remove every byte of deleted rows from the file and its log. Raises KeystoreBusy.

        `secure_delete` misses copies that SQLite leaves in unused parts of a page when it moves
        rows. Only a rewritten file has none.
        """
        with _raise_busy("a trace may be left in it"):
            pending = self._count_pending()
            self.connection().execute("VACUUM")
            self._flush_journal(sleep)
        with self.writing() as connection:
            # Another process may have deleted rows since.
            if self._count_pending() == pending:
                connection.execute("PRAGMA user_version = 0")

    def wipe_if_pending(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Wipe if any process has deleted rows since the last wipe."""
        if self._count_pending():
            self.wipe(sleep)

    def mark_pending(self) -> None:
        """Mark a wipe as pending, in the transaction that deletes.

        If this process dies, the next one wipes.
        """
        self.connection().execute(f"PRAGMA user_version = {self._count_pending() + 1}")

    def _count_pending(self) -> int:
        return int(self.connection().execute("PRAGMA user_version").fetchone()[0])

    def _flush_journal(self, sleep: Callable[[float], None]) -> None:
        """Empty the write-ahead log; until then it may contain deleted keys."""
        connection = self.connection()
        # SQLite's own waiting would be added to this one.
        connection.execute("PRAGMA busy_timeout=0")
        try:
            for _ in range(int(CHECKPOINT_TIMEOUT_S / CHECKPOINT_PAUSE_S)):
                if not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    return
                sleep(CHECKPOINT_PAUSE_S)
        finally:
            connection.execute("PRAGMA busy_timeout=5000")
        raise KeystoreBusy(f"a reader held the keystore open for {CHECKPOINT_TIMEOUT_S:.0f} s")

    def _prepare(self) -> None:
        # Changing the journal mode does not wait for others: two first openings would collide.
        opened = self.connection()
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute(STATE)
        closed = self.closed()
        if not self._moving:
            require_open(closed)
        if not closed:
            opened.executescript(SCHEMA)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=5.0, isolation_level=None, factory=KeyFileConnection
        )
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        # Otherwise VACUUM would write copies to disk outside the folder for a while.
        connection.execute("PRAGMA temp_store=MEMORY")
        return connection
