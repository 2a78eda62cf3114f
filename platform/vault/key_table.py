"""Where the keystore's rows are stored: in an SQLite file, or in a PostgreSQL database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from vault.errors import KeystoreBusy

# Why a store is closed: keys are being moved into it, or were moved away. One that keys are being
# moved out of is open, and only destroys no master key.
FILLING: Final = "filling"
LEAVING: Final = "leaving"
MOVED: Final = "moved"
CLOSED_TEXTS: Final = {
    LEAVING: "a move of the keys did not finish: run manage.py move_keystore again",
    FILLING: "keys are being moved into this keystore: run manage.py move_keystore to its end",
    MOVED: "the keys were moved to another store: start this process with its setting",
}


class KeyCursor(Protocol):
    """The answer to one statement."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class KeyConnection(Protocol):
    """One thread's connection. Values are marked `?` in the SQL of `vault.queries`."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> KeyCursor: ...

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> KeyCursor: ...


class KeyTable(Protocol):
    """The keys, generations and ledger of a site. Unavailable: every method raises KeystoreBusy.

    `shared`: in a database of several hosts, where every master key is wrapped by a service.
    """

    shared: bool

    def connection(self) -> KeyConnection:
        """Return this thread's connection, for single statements."""

    def writing(self) -> AbstractContextManager[KeyConnection]:
        """Open a transaction that is the only writer from its first statement on.

        A closed store refuses it, except for a move.
        """

    def lock(self) -> AbstractContextManager[None]:
        """Hold the lock for rotations and moves; it is freed if the process dies."""

    def start_generation(self, number: int, stored: bytes) -> None:
        """Store a new master key as its outer encryption returned it."""

    def read_master(self, number: int) -> bytes:
        """Return the stored master key. Raises FileNotFoundError if it was destroyed."""

    def masters_before(self, number: int) -> list[int]:
        """Return the older generations whose master keys are stored."""

    def remove_master(self, number: int) -> None:
        """Remove a stored master key; its outer key is destroyed already."""

    def mark_pending(self) -> None:
        """Mark bytes of deleted rows as still to be destroyed, in the deleting transaction."""

    def wipe(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Remove every byte of deleted rows, where the store can do that by itself."""

    def wipe_if_pending(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Wipe if any process has deleted rows since the last wipe."""

    def needs_rotation(self) -> bool:
        """Return whether only a new generation makes deleted rows unreadable in every copy."""

    def set_closed(self, why: str) -> None:
        """Close the store to every other process, or open it with "".

        Called inside `writing`, except to open it.
        """

    def closed(self) -> str:
        """Return why the store is closed or may not rotate, or ""."""

    def empty(self) -> None:
        """Delete every key and the ledger, inside `writing`; a wipe is pending then."""


def require_open(closed: str) -> None:
    """Raise KeystoreBusy for a store that keys are moved into, or were moved away from."""
    if closed in (FILLING, MOVED):
        raise KeystoreBusy(CLOSED_TEXTS[closed])
