"""The site's keys: destroying one makes everything it sealed unreadable.

They are wrapped, in a store that many threads and processes share, outside the site's database and
its backups. In the file of `settings.KEYSTORE_DIR`, destruction is done when no file of the folder
contains the bytes (I-10). In a PostgreSQL database (`settings.KEYSTORE_DATABASE_URL`), it is done
when the key service has deleted the generation's master key. A plain key stays in memory for at
most a second (I-2), so another process may still use it that long.
"""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from vault import erasure_ledger, key_services, queries
from vault.erasure_ledger import LedgerEntry, LedgerFile
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.key_table import CLOSED_TEXTS, LEAVING, KeyConnection, KeyTable, require_open
from vault.master_keys import Generations
from vault.outer_encryption import NoOuterEncryption, OuterEncryption
from vault.queries import KeyRow, Name
from vault.secret_cache import LIFE_S, ShortMemory, forget_all
from vault.sqlite_file import FILE_NAME, KeyFile

KEY_LIFETIME: Final = timedelta(days=7)
BATCH: Final = 500
# How often new keys are wrapped again because a rotation began meanwhile.
ATTEMPTS: Final = 3


class All(Enum):
    """Selects every scope of a person, and their salt."""

    ALL = "all"


ALL: Final = All.ALL


@dataclass(frozen=True, slots=True)
class Key:
    """A plain key. `until`: the reading of the clock up to which derived values may be cached."""

    id: bytes
    secret: bytes = field(repr=False)
    until: float = field(default=0.0, compare=False, repr=False)


class KeyStore:
    """Keys by person, scope and epoch. `clock` measures the second that a plain key may live.

    `table`: where the rows are, by default a file in `folder`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        outer: OuterEncryption = NoOuterEncryption(),  # noqa: B008 - it has no state
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        table: KeyTable | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._sleep = sleep
        self._ledger = LedgerFile(folder) if table else None
        self._table: KeyTable = table or KeyFile(folder / FILE_NAME)
        self._generations = Generations(self._table, clock, outer)
        self._by_id: ShortMemory[bytes, Key] = ShortMemory(clock)
        self._by_name: ShortMemory[Name, tuple[Key, float]] = ShortMemory(clock)
        self._make_first_generation()

    def current_key(self, subject: UUID, scope: str, epoch: int, now: datetime) -> Key:
        """Return the key to seal with now; a new one if the newest is older than seven days."""
        name = (subject, scope, epoch)
        return self.current_keys([name], now)[name]

    def current_keys(self, names: Sequence[Name], now: datetime) -> dict[Name, Key]:
        """Return the keys of many names by one SELECT; create missing ones in one transaction."""
        return self._keys(names, (now - KEY_LIFETIME).timestamp(), now)

    def lasting_key(self, name: Name, now: datetime) -> Key:
        """Return the only key of a name; it is never succeeded by another."""
        return self.lasting_keys([name], now)[name]

    def lasting_keys(self, names: Sequence[Name], now: datetime) -> dict[Name, Key]:
        """Return the lasting keys of many names; create missing ones in one transaction."""
        return self._keys(names, 0.0, now) if names else {}

    def key(self, id: bytes) -> Key:
        """Return the key with this id. Raises KeyDestroyed."""
        cached = self._by_id.get(id)
        if cached is not None:
            return cached
        since = self._clock()
        return self._unwrap_key(self._find_row(id), since)

    def warm_keys(self, ids: Collection[bytes]) -> None:
        """Read the keys with these ids by one statement, for calls of `key` within a second.

        Destroyed ones are skipped, and none is created.
        """
        since = self._clock()
        missing = {id for id in ids if self._by_id.get(id) is None}
        for row in queries.find_by_ids(self._table.connection(), missing):
            with suppress(KeyDestroyed):
                self._unwrap_key(row, since)

    def destroy(self, subject: UUID, scopes: Collection[str] | All) -> int:
        """Destroy the person's keys of these scopes; return how many. Repeating is harmless."""
        names = _list_scopes(scopes)
        count = self._delete(lambda connection: queries.delete(connection, subject, names))
        self._table.wipe_if_pending(self._sleep)
        return count

    def delete_older(self, scopes: Sequence[str], before: datetime) -> int:
        """Delete everyone's keys of these scopes made before then; return how many.

        They are destroyed only by a following `wipe`.
        """
        return self._delete(
            lambda connection: queries.delete_older(connection, scopes, before.timestamp())
        )

    def wipe(self) -> None:
        """Destroy every byte of deleted keys, if need be by a rotation.

        Raises KeystoreBusy: retry later.
        """
        self._table.wipe_if_pending(self._sleep)
        if self._table.needs_rotation():
            self.rewrap()

    def _delete(self, act: Callable[[KeyConnection], int]) -> int:
        with self._table.writing() as connection:
            count = act(connection)
            if count:
                self._table.mark_pending()
        forget_all()
        return count

    def count_older(self, scopes: Sequence[str], before: datetime) -> int:
        """Return how many keys `delete_older` would delete."""
        return queries.count_older(self._table.connection(), scopes, before.timestamp())

    def destroy_ids(self, ids: Collection[bytes]) -> int:
        """Destroy only these keys; return how many. Repeating is harmless."""
        count = self._delete(lambda connection: max(0, queries.delete_ids(connection, ids)))
        self._table.wipe_if_pending(self._sleep)
        return count

    def used_since(
        self, subject: UUID, scopes: Sequence[str], since: datetime
    ) -> dict[bytes, tuple[Name, datetime]]:
        """Return the keys that may have sealed something since, with names and creation times."""
        connection = self._table.connection()
        found = queries.find_used_since(connection, subject, scopes, since.timestamp())
        return {
            id: ((subject, scope, epoch), datetime.fromtimestamp(made_at, UTC))
            for id, scope, epoch, made_at in found
        }

    def rewrap(self, since: int | None = None) -> int:
        """Move every key to a new generation and destroy the older ones; return the number of keys.

        It can be killed at any point and run again. It returns once no other process can have an
        older key-encryption key in memory. With `since`, a rotation that another process finished
        after that generation is enough: many erasures share one.
        """
        with self._table.lock():
            if self._table.closed() == LEAVING:
                # Its copy in the other store would outlive this rotation.
                raise KeystoreBusy(CLOSED_TEXTS[LEAVING])
            count = 0 if self._rotated_since(since) else self._rotate()
        self._sleep(2 * LIFE_S)
        return count

    def generation(self) -> int:
        """Return the generation that new keys are wrapped under."""
        return queries.newest_generation(self._table.connection())

    def in_database(self) -> bool:
        """Return whether the rows are in a database, whose files are not searched."""
        return self._table.shared

    def name_master(self, generation: int) -> str:
        """Return `service:name` of a generation's master key, or `file:name` of a plain one."""
        return self._generations.name_master(generation)

    def _rotated_since(self, since: int | None) -> bool:
        """Return whether a rotation finished since then; a killed one leaves an older key."""
        if since is None or self.generation() <= since:
            return False
        return not self._generations.any_before(self.generation())

    def _rotate(self) -> int:
        number = self._next_generation()
        count = 0
        while batch := self._rewrap_some(number):
            count += batch
        self._table.wipe(self._sleep)
        self._generations.require_service()
        self._generations.destroy_before(number)
        return count

    def key_ids(self, subject: UUID, scopes: Collection[str] | All = ALL) -> list[bytes]:
        """Return the ids of the person's keys of these scopes, for a certificate."""
        return queries.find_ids(self._table.connection(), subject, _list_scopes(scopes))

    def has_key(self, id: bytes) -> bool:
        """Return whether a key with this id is in the store."""
        return queries.find_by_id(self._table.connection(), id) is not None

    def record_erasure(self, entry: LedgerEntry) -> None:
        """Record an erasure where a restored database cannot lose it.

        The entry is on disk when this returns, of a database also in a file outside it.
        """
        if self._ledger:
            self._ledger.write_missing([entry])
        with self._table.writing() as connection:
            erasure_ledger.write_entry(connection, entry)

    def load_erasures(self, limit: int = -1) -> list[LedgerEntry]:
        """Return the newest recorded erasures, or all of them."""
        if self._ledger and limit < 0:
            return self._ledger.load_all(self._table)
        found = erasure_ledger.load_newest(self._table.connection(), limit)
        return self._ledger.add_missing(found, limit) if self._ledger else found

    def _keys(self, names: Sequence[Name], oldest: float, now: datetime) -> dict[Name, Key]:
        """Return the existing keys that are young enough, and new ones for the other names."""
        found = self._find(names, oldest)
        missing = [name for name in dict.fromkeys(names) if name not in found]
        return found | self._create(missing, oldest, now) if missing else found

    def _find(self, names: Sequence[Name], oldest: float) -> dict[Name, Key]:
        cached = {name: self._by_name.get(name) for name in names}
        found = {name: pair[0] for name, pair in cached.items() if pair and pair[1] >= oldest}
        missing = [name for name in cached if name not in found]
        return found | self._read(missing, oldest) if missing else found

    def _read(self, names: Sequence[Name], oldest: float) -> dict[Name, Key]:
        since = self._clock()
        newest = queries.find_newest(self._table.connection(), names)
        young = {name: row for name, row in newest.items() if row.made_at >= oldest}
        return {name: self._cache_key(name, row, since) for name, row in young.items()}

    def _create(self, names: Sequence[Name], oldest: float, now: datetime) -> dict[Name, Key]:
        """Create the keys, except those that another process created before the lock was taken.

        One transaction writes all: a class that begins needs a thousand keys, and each would wait
        for the disk.
        """
        since = self._clock()
        for _ in range(ATTEMPTS):
            # Wrapped before the lock is taken: a key service that one host cannot reach must not
            # keep the others from writing.
            number = self.generation()
            try:
                made = {name: self._make_row(name, number, now) for name in names}
            except FileNotFoundError:
                continue
            with self._table.writing() as connection:
                if queries.newest_generation(connection) != number:
                    continue
                found = queries.find_newest(connection, names)
                due = [name for name in names if not _is_young(found.get(name), oldest)]
                queries.insert(connection, [made[name] for name in due])
            found |= {name: made[name] for name in due}
            return {name: self._cache_key(name, row, since) for name, row in found.items()}
        raise KeystoreBusy("the keystore is being rotated: try again")

    def _make_row(self, name: Name, number: int, now: datetime) -> KeyRow:
        subject, scope, epoch = name
        bare = KeyRow(secrets.token_bytes(8), subject.bytes, scope, epoch, now.timestamp(), 0, b"")
        return self._wrap_row(bare, secrets.token_bytes(32), number)

    def _wrap_row(self, row: KeyRow, secret: bytes, number: int) -> KeyRow:
        wrapped = self._generations.wrap(number, secret, row.about)
        return row._replace(generation=number, wrapped=wrapped)

    def _find_row(self, id: bytes) -> KeyRow:
        row = queries.find_by_id(self._table.connection(), id)
        if row is None:
            require_open(self._table.closed())
            raise KeyDestroyed(f"key {id.hex()} is not in the keystore")
        return row

    def _cache_key(self, name: Name, row: KeyRow, since: float) -> Key:
        key = self._unwrap_key(row, since)
        self._by_name.put(name, (key, row.made_at), key.until)
        return key

    def _unwrap_key(self, row: KeyRow, since: float) -> Key:
        """Return the plain key; the row is read again if its generation ended meanwhile."""
        try:
            secret = self._generations.unwrap(row.generation, row.wrapped, row.about)
        except FileNotFoundError:
            secret = self._unwrap_row(self._find_row(row.id))
        key = Key(row.id, secret, since + LIFE_S)
        self._by_id.put(key.id, key, key.until)
        return key

    def _make_first_generation(self) -> None:
        if queries.newest_generation(self._table.connection()):
            return
        with self._table.lock():
            if not queries.newest_generation(self._table.connection()):
                self._next_generation()

    def _next_generation(self) -> int:
        """Start a generation; its master key is stored before any key is wrapped by it."""
        number = queries.newest_generation(self._table.connection()) + 1
        self._generations.make(number)
        return number

    def _rewrap_some(self, number: int) -> int:
        """Rewrap one batch; only its update keeps other writers waiting."""
        batch = queries.find_older(self._table.connection(), number, BATCH)
        rewrapped = [self._wrap_row(row, self._unwrap_row(row), number) for row in batch]
        with self._table.writing() as connection:
            queries.update_wrapped(connection, rewrapped)
        return len(batch)

    def _unwrap_row(self, row: KeyRow) -> bytes:
        try:
            return self._generations.unwrap(row.generation, row.wrapped, row.about)
        except FileNotFoundError:
            text = f"master key {row.generation} is gone: is this the newest state of the keystore?"
            raise KeystoreBusy(text) from None


def open_keystore() -> KeyStore:
    """Return the site's store, opened at the first call.

    An unusable folder or database is an error of that call, so callers fail closed.
    """
    url, place = settings.KEYSTORE_DATABASE_URL, str(settings.KEYSTORE_DIR)
    return _open_database(url, place) if url else _open(place)


def folder() -> Path:
    """Return the folder of the store's files."""
    return Path(settings.KEYSTORE_DIR)


@functools.lru_cache(maxsize=16)
def _open(folder: str) -> KeyStore:
    return KeyStore(Path(folder), outer=key_services.make_outer())


@functools.lru_cache(maxsize=16)
def _open_database(url: str, folder: str) -> KeyStore:
    table = key_services.open_database(url, Path(folder))
    return KeyStore(Path(folder), outer=key_services.make_outer(shared=True), table=table)


def _is_young(row: KeyRow | None, oldest: float) -> bool:
    return row is not None and row.made_at >= oldest


def _list_scopes(scopes: Collection[str] | All) -> list[str] | None:
    """Return the scopes for a query, where None selects all."""
    return None if isinstance(scopes, All) else list(scopes)
