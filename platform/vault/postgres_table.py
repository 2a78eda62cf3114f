"""The keystore in a PostgreSQL database of its own: for sites whose processes run on many hosts.

Deleted rows stay for a while in the heap, the write-ahead log, standbys and backups. They are
destroyed by a new generation: the key service deletes the old master key. Connection errors and
timeouts are KeystoreBusy.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import psycopg

from vault import queries
from vault.errors import KeystoreBusy
from vault.key_table import CLOSED_TEXTS, FILLING, LEAVING, MOVED, require_open
from vault.secret_cache import LIFE_S, ShortMemory

STATE: Final = """
CREATE TABLE IF NOT EXISTS generation (number bigint PRIMARY KEY, master bytea NOT NULL);
-- The newest generation under which rows were deleted: one row at most.
CREATE TABLE IF NOT EXISTS pending (
  single boolean PRIMARY KEY DEFAULT true CHECK (single), generation bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS closed (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  why text NOT NULL CHECK (why IN ('filling', 'leaving', 'moved'))
);
"""
# Rows of a generation keep its master key from being removed.
KEYS: Final = """
CREATE TABLE IF NOT EXISTS key (
  id bytea PRIMARY KEY CHECK (length(id) = 8), subject bytea NOT NULL CHECK (length(subject) = 16),
  scope text COLLATE "C" NOT NULL, epoch bigint NOT NULL, made_at double precision NOT NULL,
  generation bigint NOT NULL REFERENCES generation, wrapped bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS key_name ON key (subject, scope, epoch, made_at);
CREATE INDEX IF NOT EXISTS key_generation ON key (generation);
CREATE TABLE IF NOT EXISTS ledger (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, erasure bytea NOT NULL UNIQUE,
  ref bytea NOT NULL, terms text NOT NULL, cause text NOT NULL, at double precision NOT NULL
);
"""
COMPLETE: Final = "SELECT num_nulls(to_regclass('closed'), to_regclass('ledger')) = 0"
# Waiting for a standby has no limit in the server: a cancelled wait would report a commit.
# The server notices within seconds that a host with a lock is gone, too.
LIMITS: Final = """SELECT set_config('statement_timeout', '5s', false),
  set_config('lock_timeout', '4s', false), set_config('synchronous_commit', 'on', false),
  set_config('idle_in_transaction_session_timeout', %s, false),
  set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
  set_config('tcp_keepalives_count', '2', false), set_config('tcp_user_timeout', '5000', false)"""
IDLE, IDLE_MOVE = "10s", "10min"
CONNECT_S: Final = 2
# How long a rotation waits for another one, or for a move.
ROTATION_WAIT: Final = "30s"
# How long a commit may wait for the standby.
WRITE_S: Final = 5.0
ROTATION_LOCK: Final = 4_027_001
WRITER_LOCK: Final = 4_027_002
SCHEMA_LOCK: Final = 4_027_003
# `UndefinedTable`: the keys were moved away. `ReadOnly…`: this server has become a standby.
UNAVAILABLE: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.UndefinedTable,
)

# Why the server of an address is away. A process that starts meanwhile has no table yet.
_away: ShortMemory[str, str] = ShortMemory(time.monotonic)


class KeySession:
    """One thread's connection. Outside a transaction a lost one is replaced once."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect
        self.pid = os.getpid()
        self.in_transaction = False
        self.raw = connect()

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> psycopg.Cursor[Any]:
        text = sql.replace("?", "%s").encode()
        try:
            return self.raw.execute(text, values)
        except UNAVAILABLE as error:
            if self.in_transaction or not self.raw.closed:
                raise _busy(error) from None
        self.raw = self._connect()
        with _raise_busy():
            return self.raw.execute(text, values)

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> psycopg.Cursor[Any]:
        cursor = self.raw.cursor()
        with _raise_busy():
            cursor.executemany(sql.replace("?", "%s").encode(), values)
        return cursor

    def __del__(self) -> None:
        # A thread that ends takes its connection with it; one inherited by a fork stays open.
        raw = getattr(self, "raw", None)
        if raw is not None and self.pid == os.getpid():
            raw.close()


class PostgresTable:
    """The keys of one database, from any thread of any process of any host."""

    shared = True

    def __init__(self, url: str, *, moving: bool = False, write_s: float = WRITE_S) -> None:
        self._url = url
        self._moving = moving
        self._write_s = write_s
        self._local = threading.local()
        self._inherited: list[KeySession] = []
        self._prepare()

    def connection(self) -> KeySession:
        """Return this thread's connection; one inherited through a fork is neither used nor closed.

        Raises KeystoreBusy.
        """
        own: KeySession | None = getattr(self._local, "own", None)
        if own is None or own.pid != os.getpid():
            if own is not None:
                self._inherited.append(own)
            own = self._local.own = KeySession(self._connect)
        return own

    def _connect(self) -> psycopg.Connection[Any]:
        """Connect; of many calls in one act, only the first waits for a server that is away."""
        if why := _away.get(self._url):
            raise KeystoreBusy(why)
        try:
            return _connect(self._url, IDLE_MOVE if self._moving else IDLE)
        except KeystoreBusy as error:
            _away.put(self._url, str(error), time.monotonic() + LIFE_S)
            raise

    @contextlib.contextmanager
    def writing(self) -> Iterator[KeySession]:
        """Open a transaction that is the only writer of all hosts.

        Raises KeystoreBusy. If only the standby's answer is missing, the transaction may still
        commit later: unused keys, or a deletion that is repeated.
        """
        session = self.connection()
        session.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        session.in_transaction = True
        try:
            session.execute("SELECT pg_advisory_xact_lock(?)", (WRITER_LOCK,))
            if not self._moving:
                require_open(self.closed())
            yield session
            with _deadline(session.raw, self._write_s):
                session.execute("COMMIT")
        finally:
            session.in_transaction = False
            _roll_back(session.raw)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the rotation lock on a connection of its own, which frees it with the process."""
        with contextlib.closing(self._connect()) as raw:
            with _raise_busy():
                raw.execute(
                    "SELECT set_config('lock_timeout', %s, false),"
                    " set_config('statement_timeout', '0', false)",
                    (ROTATION_WAIT,),
                )
                raw.execute("SELECT pg_advisory_lock(%s)", (ROTATION_LOCK,))
            yield

    def start_generation(self, number: int, stored: bytes) -> None:
        with self.writing() as session:
            session.execute("INSERT INTO generation VALUES (?, ?)", (number, stored))

    def read_master(self, number: int) -> bytes:
        found = self.connection().execute(
            "SELECT master FROM generation WHERE number = ?", (number,)
        )
        row = found.fetchone()
        if row is None:
            raise FileNotFoundError(f"generation {number} is gone")
        return bytes(row[0])

    def masters_before(self, number: int) -> list[int]:
        found = self.connection().execute(
            "SELECT number FROM generation WHERE number < ? ORDER BY number", (number,)
        )
        return [each for (each,) in found]

    def remove_master(self, number: int) -> None:
        with self.writing() as session:
            session.execute("DELETE FROM generation WHERE number = ?", (number,))

    def mark_pending(self) -> None:
        """Mark the newest generation: rows deleted now are wrapped under it or an older one."""
        self.connection().execute(
            "INSERT INTO pending (generation) SELECT max(number) FROM generation"
            " ON CONFLICT (single) DO UPDATE SET generation = excluded.generation"
        )

    def needs_rotation(self) -> bool:
        """Return whether a master key still exists under which rows were deleted."""
        found = self.connection().execute(
            "SELECT EXISTS (SELECT FROM generation JOIN pending ON number <= pending.generation)"
        )
        return bool(found.fetchone()[0])  # type: ignore[index]  # one row

    def wipe(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Do nothing: only a new generation destroys deleted rows."""

    def wipe_if_pending(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Do nothing: only a new generation destroys deleted rows."""

    def closed(self) -> str:
        return queries.find_closed(self.connection())

    def set_closed(self, why: str) -> None:
        """Close the store or open it, as `vault.key_table` says.

        Without its tables the statements of another process fail.
        """
        session = self.connection()
        queries.write_closed(session, why)
        if why == MOVED:
            session.execute("DROP TABLE key, ledger")
        elif why == FILLING:
            session.execute(KEYS)

    def empty(self) -> None:
        queries.delete_all(self.connection())

    def _prepare(self) -> None:
        """Create the tables, or refuse a store that is closed.

        A complete store needs no lock, so a process can start while a writer waits for a standby.
        """
        session = self.connection()
        if session.execute(COMPLETE).fetchone() == (True,) and self.closed() in ("", LEAVING):
            return
        with (
            _raise_busy(),
            _deadline(session.raw, self._write_s),
            session.raw.transaction(),
        ):
            session.raw.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
            session.raw.execute(STATE)
            closed = self.closed()
            if not self._moving:
                require_open(closed)
            if not closed:
                session.raw.execute(KEYS)


def find_standbys(url: str) -> str:
    """Return which standbys each commit of that server waits for, or "". Raises KeystoreBusy."""
    with contextlib.closing(_connect(url, IDLE)) as raw, _raise_busy():
        ((names,),) = raw.execute("SHOW synchronous_standby_names").fetchall()
        return str(names)


def _connect(url: str, idle: str) -> psycopg.Connection[Any]:
    with _raise_busy():
        raw = psycopg.connect(
            url, autocommit=True, connect_timeout=CONNECT_S, tcp_user_timeout=5000,
            keepalives_idle=5, keepalives_interval=2, keepalives_count=2,
            # A standby may still have what was destroyed.
            target_session_attrs="read-write",
        )  # fmt: skip
        raw.execute(LIMITS, (idle,))
    return raw


def _busy(error: Exception) -> KeystoreBusy:
    """Return the error by its kind only: its text may name hosts, roles and values."""
    if isinstance(error, psycopg.errors.UndefinedTable):
        return KeystoreBusy(CLOSED_TEXTS[MOVED])
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return KeystoreBusy("another process is changing the keystore: try again in a minute")
    code = getattr(error, "sqlstate", None) or "no SQLSTATE"
    kind = f"{type(error).__name__}, {code}"
    return KeystoreBusy(f"the keystore's database did not answer ({kind})")


@contextlib.contextmanager
def _raise_busy() -> Iterator[None]:
    try:
        yield
    except UNAVAILABLE as error:
        raise _busy(error) from None


@contextlib.contextmanager
def _deadline(raw: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    """Cut the connection after `seconds`; a standby that is away would block a commit for ever."""
    # A duplicate, so that no other connection that reuses the number is cut.
    with socket.socket(fileno=os.dup(raw.fileno())) as own:
        timer = threading.Timer(seconds, _cut, [own])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _cut(own: socket.socket) -> None:
    with contextlib.suppress(OSError):
        own.shutdown(socket.SHUT_RDWR)


def _roll_back(raw: psycopg.Connection[Any]) -> None:
    """End a transaction that did not commit; a connection that cannot is replaced later."""
    if raw.closed or raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        return
    try:
        raw.execute("ROLLBACK")
    except psycopg.Error:
        raw.close()
