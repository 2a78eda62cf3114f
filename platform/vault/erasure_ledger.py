"""The ledger of erasures, stored with the keystore: what a restored database does not know (I-12).

An entry is written before the keys are destroyed and is never removed. It names the person only as
an HMAC under a secret of the site, so the file alone identifies no one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from vault.errors import KeystoreBusy
from vault.key_table import KeyConnection, KeyTable

COLUMNS = "erasure, ref, terms, cause, at"
NEWEST = f"SELECT {COLUMNS} FROM ledger ORDER BY seq DESC"  # noqa: S608


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One erasure. `scopes` None = the whole person; `epochs`: of the scopes off afterwards."""

    erasure: UUID
    ref: bytes
    scopes: tuple[str, ...] | None
    epochs: Mapping[str, int]
    cause: str
    at: datetime


def write_entry(connection: KeyConnection, entry: LedgerEntry) -> None:
    """Write an entry; repeating is harmless, the first entry of an erasure is kept."""
    connection.execute(
        f"INSERT INTO ledger ({COLUMNS}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
        " ON CONFLICT (erasure) DO NOTHING",
        (entry.erasure.bytes, entry.ref, *_parts(entry)),
    )


def load_newest(connection: KeyConnection, limit: int) -> list[LedgerEntry]:
    """Return the newest entries, oldest of them first; all if `limit` is negative."""
    some = (f"{NEWEST} LIMIT ?", (limit,)) if limit >= 0 else (NEWEST, ())
    found = connection.execute(*some)
    return [_parse_entry(*row) for row in reversed(found.fetchall())]


class LedgerFile:
    """A copy of the ledger outside a keystore's database, one JSON line for each entry."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / "erasures.jsonl"

    def _write(self, entries: Iterable[LedgerEntry]) -> None:
        """Append entries; they are on disk when this returns."""
        try:
            with open(self.path, "ab", opener=_open_private) as file:
                # The newline comes first: a killed process may have left half a line.
                file.writelines(b"\n" + _format_line(entry) for entry in entries)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise KeystoreBusy(f"{self.path} cannot be written ({error.strerror})") from error

    def load_all(self, table: KeyTable) -> list[LedgerEntry]:
        """Return all entries; what file or database lacks, each gets from the other."""
        found = load_newest(table.connection(), -1)
        every = self.add_missing(found, -1)
        self.write_missing(found)
        if len(every) > len(found):
            with table.writing() as connection:
                for entry in every:
                    write_entry(connection, entry)
        return every

    def write_missing(self, entries: Iterable[LedgerEntry]) -> None:
        """Append those entries that the file lacks. Raises KeystoreBusy."""
        known = {entry.erasure for entry in self._read()}
        if missing := [entry for entry in entries if entry.erasure not in known]:
            self._write(missing)

    def add_missing(self, found: list[LedgerEntry], limit: int) -> list[LedgerEntry]:
        """Return the entries with those that only this file has, the newest up to `limit`."""
        known = {entry.erasure for entry in found}
        # Of an erasure that was written twice the first entry counts, as in the database.
        lines = {entry.erasure: entry for entry in reversed(self._read())}
        if lines.keys() <= known:
            return found
        every = [*found, *(entry for id, entry in lines.items() if id not in known)]
        every.sort(key=lambda entry: entry.at)
        return every if limit < 0 else every[-limit:]

    def _read(self) -> list[LedgerEntry]:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise KeystoreBusy(f"{self.path} cannot be read ({error.strerror})") from error
        entries = []
        for line in content.splitlines():
            # Blank, or half a line of a killed process, whose erasure wrote another or none.
            with suppress(ValueError, TypeError):
                erasure, ref, *rest = json.loads(line)
                entries.append(_parse_entry(bytes.fromhex(erasure), bytes.fromhex(ref), *rest))
        return entries


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _format_line(entry: LedgerEntry) -> bytes:
    return json.dumps([entry.erasure.hex, entry.ref.hex(), *_parts(entry)]).encode()


def _parts(entry: LedgerEntry) -> tuple[str, str, float]:
    terms = json.dumps({"scopes": entry.scopes, "epochs": dict(entry.epochs)}, sort_keys=True)
    return terms, entry.cause, entry.at.timestamp()


def _parse_entry(erasure: bytes, ref: bytes, terms: str, cause: str, at: float) -> LedgerEntry:
    fields = json.loads(terms)
    scopes = None if fields["scopes"] is None else tuple(fields["scopes"])
    when = datetime.fromtimestamp(at, UTC)
    return LedgerEntry(UUID(bytes=erasure), ref, scopes, fields["epochs"], cause, when)
