"""The keystore's SQLite file: write-ahead log, secure delete, one connection a thread.

Readers are in autocommit, so none of them keeps destroyed bytes in the log for long.
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

from vault.errors import KeystoreBusy

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
PATIENCE_S = 10.0
STEP_S = 0.02
# What another process, a full disk or a broken one makes of a write; again later can go well.
NOT_NOW = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only process that changes the make-up of the store; a death frees the lock."""
    handle = os.open(folder / "store.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _busy(so: str) -> Iterator[None]:
    """One word for what keeps the file from being written now; a wrong statement stays wrong."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # The low byte is the kind; the rest says more about it.
        if error.sqlite_errorcode & 0xFF not in NOT_NOW:
            raise
        raise KeystoreBusy(f"the keystore cannot be written now ({error}): {so}") from error


class KeyFile:
    """Statements on one file, from any thread of any process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm the permissions of the file it finds. One that is there is
        # not touched: closing it would take away the locks of this process's other connections.
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with alone(path.parent):
            self._prepare()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; one that came over a fork is left alone."""
        held = getattr(self._local, "held", None)
        if held is None or held[0] != os.getpid():
            held = (os.getpid(), self._open())
            self._local.held = held
        connection: sqlite3.Connection = held[1]
        return connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is the only writer from its first statement on, whole or not at all.

        Raises KeystoreBusy; the connection serves the thread's next transaction either way.
        """
        with _busy("nothing was written"):
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                # On a full disk SQLite has rolled back by itself.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def wipe(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Let no byte of a deleted row stand in the file or its log. Raises KeystoreBusy.

        `secure_delete` does not reach the copies that SQLite leaves in the unused part of a page
        where it moved rows to another: only a file written anew has none.
        """
        with _busy("a trace may be left in it"):
            owed = self._owed()
            self.connection().execute("VACUUM")
            self._flush_journal(sleep)
        with self.writing() as connection:
            # Another process may have deleted since.
            if self._owed() == owed:
                connection.execute("PRAGMA user_version = 0")

    def wipe_if_owed(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """The same where something was deleted and not wiped since, by whichever process."""
        if self._owed():
            self.wipe(sleep)

    def owe_wipe(self) -> None:
        """In the transaction that deletes: a process that dies leaves the word to the next."""
        self.connection().execute(f"PRAGMA user_version = {self._owed() + 1}")

    def _owed(self) -> int:
        return int(self.connection().execute("PRAGMA user_version").fetchone()[0])

    def _flush_journal(self, sleep: Callable[[float], None]) -> None:
        """Empty the write-ahead log; until it is empty a deleted key still stands in it."""
        connection = self.connection()
        # SQLite's own waiting would come on top of ours.
        connection.execute("PRAGMA busy_timeout=0")
        try:
            for _ in range(int(PATIENCE_S / STEP_S)):
                if not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    return
                sleep(STEP_S)
        finally:
            connection.execute("PRAGMA busy_timeout=5000")
        raise KeystoreBusy(f"a reader held the keystore open for {PATIENCE_S:.0f} s")

    def _prepare(self) -> None:
        # Changing the journal mode does not wait for others: two first openings would collide.
        opened = self.connection()
        opened.execute("PRAGMA journal_mode=WAL")
        opened.executescript(SCHEMA)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        # What VACUUM copies would else stand on the disk outside the folder for a while.
        connection.execute("PRAGMA temp_store=MEMORY")
        return connection
