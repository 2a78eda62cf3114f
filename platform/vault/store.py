"""A store of wrapped keys in one folder, safe in many threads and processes at once.

Destroying is done when the bytes are in no file of the folder (I-10); a plain key lives at most a
second in memory (I-2), so another process may still use one for that long.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from vault import erasure_ledger, queries
from vault.erasure_ledger import Entry
from vault.errors import KeyDestroyed
from vault.hashicorp_transit import Nothing, Outer
from vault.master_keys import Generations
from vault.queries import Name, Row
from vault.secret_cache import LIFE, ShortMemory, forget_all
from vault.sqlite_file import KeyFile, alone

FRESH: Final = timedelta(days=7)
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Key:
    """A plain key. `until` is the clock's reading up to which what comes of it may be kept."""

    id: bytes
    secret: bytes = field(repr=False)
    until: float = field(default=0.0, compare=False, repr=False)


class Store:
    """Keys by person, scope and epoch. `clock` counts the second that a plain key may live."""

    def __init__(
        self,
        folder: Path,
        *,
        outer: Outer = Nothing(),  # noqa: B008 - it has no state
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._sleep = sleep
        self._file = KeyFile(folder / "keys.sqlite3")
        self._generations = Generations(folder, clock, outer)
        self._by_id: ShortMemory[bytes, Key] = ShortMemory(clock)
        self._by_name: ShortMemory[Name, tuple[Key, float]] = ShortMemory(clock)
        self._begin()

    def current_key(self, name: Name, now: datetime) -> Key:
        """The key to seal with now; a new one where the newest is older than seven days."""
        return self.current_keys([name], now)[name]

    def current_keys(self, names: Sequence[Name], now: datetime) -> dict[Name, Key]:
        """The keys of many names by one SELECT, and those that are missing by one transaction."""
        return self._keys(names, (now - FRESH).timestamp(), now)

    def lasting_key(self, name: Name, now: datetime) -> Key:
        """The one key of a name that is never followed by another."""
        return self.lasting_keys([name], now)[name]

    def lasting_keys(self, names: Sequence[Name], now: datetime) -> dict[Name, Key]:
        """The lasting keys of many names; those that are missing come by one transaction."""
        return self._keys(names, 0.0, now) if names else {}

    def key(self, id: bytes) -> Key:
        """The key with this id, or KeyDestroyed."""
        held = self._by_id.get(id)
        if held is not None:
            return held
        since = self._clock()
        return self._opened(self._row(id), since)

    def warm(self, ids: Collection[bytes]) -> None:
        """Read the keys with these ids by one statement; who asks `key` within a second has them.

        Those that are destroyed are passed over.
        """
        since = self._clock()
        missing = {id for id in ids if self._by_id.get(id) is None}
        for row in queries.by_ids(self._file.connection(), missing):
            with suppress(KeyDestroyed):
                self._opened(row, since)

    def destroy(self, subject: UUID, scopes: Collection[str] | None) -> int:
        """Destroy the person's keys of these scopes, or all of them; how many there were."""
        names = None if scopes is None else list(scopes)
        count = self._delete(lambda connection: queries.delete(connection, subject, names))
        self.wipe()
        return count

    def delete_older(self, scopes: Sequence[str], before: datetime) -> int:
        """Take everybody's keys of these scopes that were made before then; how many. They are
        destroyed by the `wipe` after it."""
        return self._delete(
            lambda connection: queries.delete_older(connection, scopes, before.timestamp())
        )

    def wipe(self) -> None:
        """Let no byte of what was deleted stand on the disk. Raises KeystoreBusy: again later."""
        self._file.wipe_if_owed(self._sleep)

    def _delete(self, act: Callable[[sqlite3.Connection], int]) -> int:
        with self._file.writing() as connection:
            count = act(connection)
            if count:
                self._file.owe_wipe()
        forget_all()
        return count

    def older(self, scopes: Sequence[str], before: datetime) -> int:
        """How many keys `delete_older` would take."""
        return queries.older_than(self._file.connection(), scopes, before.timestamp())

    def destroy_ids(self, ids: Collection[bytes]) -> int:
        """Destroy these keys alone; how many there were."""
        count = self._delete(lambda connection: max(0, queries.delete_ids(connection, ids)))
        self.wipe()
        return count

    def used_since(
        self, subject: UUID, scopes: Sequence[str], since: datetime
    ) -> dict[bytes, tuple[Name, datetime]]:
        """The keys that can have sealed something since then, with their names and births."""
        found = queries.used_since(self._file.connection(), subject, scopes, since.timestamp())
        return {
            id: ((subject, scope, epoch), datetime.fromtimestamp(made_at, UTC))
            for id, scope, epoch, made_at in found
        }

    def rewrap(self, since: int | None = None) -> int:
        """Put every key under a new generation and end the older ones; how many keys.

        Killed at any point it can run again. It ends when no other process can still hold an
        older key-encryption key in memory. With `since` it leaves it at a rotation that another
        process ended after that generation: many erasures share one.
        """
        with alone(self._folder):
            count = 0 if self._rotated_since(since) else self._rotate()
        self._sleep(2 * LIFE)
        return count

    def generation(self) -> int:
        """The generation that new keys are wrapped under."""
        return queries.generation(self._file.connection())

    def _rotated_since(self, since: int | None) -> bool:
        """Return whether one has begun and ended: killed in the middle, it left an older key behind."""
        if since is None or self.generation() <= since:
            return False
        return not self._generations.any_before(self.generation())

    def _rotate(self) -> int:
        number = self._next_generation()
        count = 0
        while batch := self._rewrap_some(number):
            count += batch
        self._file.wipe(self._sleep)
        self._generations.destroy_before(number)
        return count

    def ids(self, subject: UUID, scopes: Collection[str] | None = None) -> list[bytes]:
        """The ids of the person's keys of these scopes, or of all."""
        return queries.ids(
            self._file.connection(), subject, None if scopes is None else list(scopes)
        )

    def has(self, id: bytes) -> bool:
        return queries.by_id(self._file.connection(), id) is not None

    def remember(self, entry: Entry) -> None:
        """Write the entry into the ledger of erasures, on the disk before it answers."""
        with self._file.writing() as connection:
            erasure_ledger.write(connection, entry)

    def remembered(self, limit: int = -1) -> list[Entry]:
        """The newest entries of the ledger of erasures, or all of them."""
        return erasure_ledger.newest(self._file.connection(), limit)

    def _keys(self, names: Sequence[Name], oldest: float, now: datetime) -> dict[Name, Key]:
        """Those that are there and no older, and new ones for the other names."""
        found = self._find(names, oldest)
        missing = [name for name in dict.fromkeys(names) if name not in found]
        return found | self._create(missing, oldest, now) if missing else found

    def _find(self, names: Sequence[Name], oldest: float) -> dict[Name, Key]:
        held = {name: self._by_name.get(name) for name in names}
        found = {name: pair[0] for name, pair in held.items() if pair and pair[1] >= oldest}
        missing = [name for name in held if name not in found]
        return found | self._read(missing, oldest) if missing else found

    def _read(self, names: Sequence[Name], oldest: float) -> dict[Name, Key]:
        since = self._clock()
        newest = queries.newest(self._file.connection(), names)
        young = {name: row for name, row in newest.items() if row.made_at >= oldest}
        return {name: self._named(name, row, since) for name, row in young.items()}

    def _create(self, names: Sequence[Name], oldest: float, now: datetime) -> dict[Name, Key]:
        """Make the keys, but those that another process made between our look and our lock. They
        reach the disk together: a class that begins needs a thousand, and each would wait for it.
        """
        since = self._clock()
        with self._file.writing() as connection:
            found = queries.newest(connection, names)
            for name in names:
                if name not in found or found[name].made_at < oldest:
                    found[name] = self._made(connection, name, now)
                    queries.insert(connection, found[name])
        return {name: self._named(name, row, since) for name, row in found.items()}

    def _made(self, connection: sqlite3.Connection, name: Name, now: datetime) -> Row:
        subject, scope, epoch = name
        bare = Row(secrets.token_bytes(8), subject.bytes, scope, epoch, now.timestamp(), 0, b"")
        return self._wrapped(bare, secrets.token_bytes(32), queries.generation(connection))

    def _wrapped(self, row: Row, secret: bytes, number: int) -> Row:
        wrapped = self._generations.wrap(number, secret, row.about)
        return row._replace(generation=number, wrapped=wrapped)

    def _row(self, id: bytes) -> Row:
        row = queries.by_id(self._file.connection(), id)
        if row is None:
            raise KeyDestroyed(f"key {id.hex()} is not in the keystore")
        return row

    def _named(self, name: Name, row: Row, since: float) -> Key:
        key = self._opened(row, since)
        self._by_name.put(name, (key, row.made_at), key.until)
        return key

    def _opened(self, row: Row, since: float) -> Key:
        """The plain key; read once more where the row's generation ended meanwhile."""
        try:
            secret = self._generations.unwrap(row.generation, row.wrapped, row.about)
        except FileNotFoundError:
            row = self._row(row.id)
            secret = self._generations.unwrap(row.generation, row.wrapped, row.about)
        key = Key(row.id, secret, since + LIFE)
        self._by_id.put(key.id, key, key.until)
        return key

    def _begin(self) -> None:
        if queries.generation(self._file.connection()):
            return
        with alone(self._folder):
            if not queries.generation(self._file.connection()):
                self._next_generation()

    def _next_generation(self) -> int:
        """New keys use it from here on; the file is on the disk before the row names it."""
        number = queries.generation(self._file.connection()) + 1
        self._generations.make(number)
        with self._file.writing() as connection:
            connection.execute("INSERT INTO generation VALUES (?)", (number,))
        return number

    def _rewrap_some(self, number: int) -> int:
        """One batch in one transaction, so that readers and makers of keys hardly wait."""
        with self._file.writing() as connection:
            batch = queries.older(connection, number, BATCH)
            opened = [(row, self._unwrapped(row)) for row in batch]
            queries.rewrite(
                connection, [self._wrapped(row, plain, number) for row, plain in opened]
            )
        return len(batch)

    def _unwrapped(self, row: Row) -> bytes:
        return self._generations.unwrap(row.generation, row.wrapped, row.about)
