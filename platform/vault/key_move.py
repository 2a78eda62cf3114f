"""Moves all keys from one store to the other and compares every one before the first is closed.

Keys that a running site makes meanwhile are moved too: the last comparison runs while every writer
of the old store waits or is refused. A killed move is simply run again.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from vault import erasure_ledger, queries
from vault.erasure_ledger import LedgerEntry, LedgerFile
from vault.errors import KeystoreBusy
from vault.key_table import FILLING, LEAVING, MOVED, KeyConnection, KeyTable
from vault.master_keys import END, Generations
from vault.queries import KeyRow

BATCH: Final = 500


class MoveRefused(Exception):
    """The keys cannot be moved like this; nothing was changed in the old store."""


class KeyLost(Exception):
    """A key of the old store is missing or different in the new one; the old one stays in use."""


@dataclass(slots=True)
class MoveReport:
    """Counts of one move. `late`: keys that were made while the first copy ran."""

    copied: int = 0
    late: int = 0
    removed: int = 0
    compared: int = 0
    erasures: int = 0
    done_before: bool = False


@dataclass(frozen=True, slots=True)
class MovedStore:
    """One end of a move: rows, and their master keys."""

    table: KeyTable
    masters: Generations


def move_keys(
    old: MovedStore, new: MovedStore, ledger: LedgerFile, *, say: Callable[[str], object] = str
) -> MoveReport:
    """Move everything. `ledger` is the copy of the ledger outside a database.

    Raises MoveRefused, KeyLost, KeystoreBusy.
    """
    report = MoveReport()
    with old.table.lock(), new.table.lock():
        if old.table.closed() == MOVED:
            report.done_before = True
            _require_keys(new)
        else:
            _require_movable(old, new)
            _move_all(old, new, ledger, report, say)
        _finish(old, new)
    return report


def _move_all(
    old: MovedStore,
    new: MovedStore,
    ledger: LedgerFile,
    report: MoveReport,
    say: Callable[[str], object],
) -> None:
    """Fill the new store and close the old one; after an error the new one is emptied."""
    with old.table.writing():
        # A commit that a standby kept waiting may have been completed since the last look.
        if old.table.closed() == MOVED:
            raise KeystoreBusy("the last move was completed just now")
        old.table.set_closed(LEAVING)
    try:
        move = _Move(old, new, ledger, _start_filling(old, new))
        report.copied = move.copy_all()
        say(f"{report.copied} keys copied; now the site's writers wait")
        with old.table.writing() as connection:
            move.catch_up(connection, report)
            old.table.set_closed(MOVED)
    except BaseException:
        # A key that is erased from now on must not stay in a copy.
        with suppress(KeystoreBusy):
            _return_to_old(old, new)
        raise


def _return_to_old(old: MovedStore, new: MovedStore) -> None:
    """Empty the new store and keep using the old one, unless the keys may have been moved.

    The commit that moves them may still wait for a standby. It is the writer until then, and
    what it wrote is not visible.
    """
    with old.table.writing():
        if old.table.closed() == LEAVING:
            if new.table.closed() == FILLING:
                _empty(new)
            old.table.set_closed("")


def _require_movable(old: MovedStore, new: MovedStore) -> None:
    """Raise MoveRefused for stores that a move would mix, or that have nothing to move."""
    if old.table.closed() == FILLING:
        raise MoveRefused("a move into this store did not finish: run that move again first")
    _require_keys(old)
    _require_empty(new, new.table.connection())


def _require_empty(new: MovedStore, connection: KeyConnection) -> None:
    closed = new.table.closed()
    if closed not in (FILLING, MOVED) and queries.find_after(connection, b"", 1):
        raise MoveRefused(
            "both stores hold keys, so none is known to be complete: empty the one not in use"
        )


def _require_keys(store: MovedStore) -> None:
    if store.table.closed() == MOVED:
        raise MoveRefused("the keys of both stores were moved away: restore the one used last")
    if not queries.find_after(store.table.connection(), b"", 1):
        raise MoveRefused(
            "the store that should hold the keys has none: run this where KEYSTORE_DIR and"
            " KEYSTORE_DATABASE_URL are those of the site"
        )


def _start_filling(old: MovedStore, new: MovedStore) -> int:
    """Close the new store to others, empty it, and return the generation to wrap under.

    What an earlier attempt copied may have been destroyed in the old store since.
    """
    table = new.table
    numbers = [queries.newest_generation(each.table.connection()) for each in (old, new)]
    with table.writing() as connection:
        _require_empty(new, connection)
        table.set_closed(FILLING)
    number = max(numbers) + 1
    # Made first: that the service opens it proves that its other answers are right.
    new.masters.make(number)
    _empty(new, number)
    return number


def _empty(store: MovedStore, number: int = END) -> None:
    """Destroy what an attempt copied, in a store that is still closed."""
    with store.table.writing():
        store.table.empty()
    store.table.wipe_if_pending()
    if store.masters.any_before(END):
        store.masters.require_service()
    store.masters.destroy_before(number)


def _finish(old: MovedStore, new: MovedStore) -> None:
    """Open the new store, and destroy what the old one and its copies could still open."""
    if new.table.closed() == FILLING:
        with new.table.writing():
            new.table.set_closed("")
    new.table.wipe_if_pending()
    new.masters.require_service()
    old.table.wipe()
    old.masters.destroy_before(END)


@dataclass(frozen=True, slots=True)
class _Move:
    old: MovedStore
    new: MovedStore
    ledger: LedgerFile
    number: int

    def copy_all(self) -> int:
        """Copy the keys that the new store lacks, without stopping any writer."""
        last, count = b"", 0
        while rows := queries.find_after(self.old.table.connection(), last, BATCH):
            count += self._copy(rows)
            last = rows[-1].id
        return count

    def catch_up(self, connection: KeyConnection, report: MoveReport) -> None:
        """Bring the new store to the state of the old one, whose writers wait, and compare all."""
        copied = queries.find_all_ids(self.new.table.connection())
        wanted = queries.find_all_ids(connection)
        entries = self.ledger.add_missing(erasure_ledger.load_newest(connection, -1), -1)
        with self.new.table.writing() as writing:
            report.removed = max(0, queries.delete_ids(writing, copied - wanted))
            if report.removed:
                self.new.table.mark_pending()
            for entry in entries:
                erasure_ledger.write_entry(writing, entry)
        self.ledger.write_missing(entries)
        report.late = self._copy(queries.find_by_ids(connection, wanted - copied))
        report.compared = self._compare(connection)
        if report.compared != len(wanted):
            raise KeyLost(f"{report.compared} of {len(wanted)} keys were compared")
        report.erasures = self._compare_ledgers(entries)

    def _copy(self, rows: list[KeyRow]) -> int:
        """Wrap these keys for the new store, without those that it has."""
        copied = {row.id for row in self._find(rows)}
        fresh = [self._wrap(row) for row in rows if row.id not in copied]
        if fresh:
            with self.new.table.writing() as writing:
                queries.insert(writing, fresh)
        return len(fresh)

    def _wrap(self, row: KeyRow) -> KeyRow:
        secret = self.old.masters.unwrap(row.generation, row.wrapped, row.about)
        wrapped = self.new.masters.wrap(self.number, secret, row.about)
        return row._replace(generation=self.number, wrapped=wrapped)

    def _find(self, rows: list[KeyRow]) -> list[KeyRow]:
        return queries.find_by_ids(self.new.table.connection(), [row.id for row in rows])

    def _compare(self, connection: KeyConnection) -> int:
        """Open every key in both stores. Raises KeyLost for the first that differs."""
        last, count = b"", 0
        while rows := queries.find_after(connection, last, BATCH):
            found = {row.id: row for row in self._find(rows)}
            for row in rows:
                self._require_same(row, found.get(row.id))
            count += len(rows)
            last = rows[-1].id
        return count

    def _require_same(self, row: KeyRow, moved: KeyRow | None) -> None:
        if moved is None or (moved.about, moved.made_at) != (row.about, row.made_at):
            raise KeyLost(f"key {row.id.hex()} of the old store is not in the new one")
        one = self.old.masters.unwrap(row.generation, row.wrapped, row.about)
        other = self.new.masters.unwrap(moved.generation, moved.wrapped, moved.about)
        if not hmac.compare_digest(one, other):
            raise KeyLost(f"key {row.id.hex()} is another in the new store")

    def _compare_ledgers(self, entries: Sequence[LedgerEntry]) -> int:
        moved = erasure_ledger.load_newest(self.new.table.connection(), -1)
        if missing := {entry.erasure for entry in entries} - {entry.erasure for entry in moved}:
            raise KeyLost(f"{len(missing)} entries of the ledger are not in the new store")
        return len(entries)
