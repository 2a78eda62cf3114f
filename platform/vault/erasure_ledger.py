"""The ledger of erasures, stored with the keystore: what a restored database does not know (I-12).

An entry is written before the keys are destroyed and is never removed. It names the person only as
an HMAC under a secret of the site, so the file alone identifies no one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from vault.key_table import KeyConnection

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

    def write(self, entry: LedgerEntry) -> None:
        """Append an entry; it is on disk when this returns."""
        line = json.dumps([entry.erasure.hex, entry.ref.hex(), *_parts(entry)]) + "\n"
        handle = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def write_missing(self, entries: Iterable[LedgerEntry]) -> None:
        known = {entry.erasure for entry in self._read()}
        for entry in entries:
            if entry.erasure not in known:
                self.write(entry)

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
        if not self.path.exists():
            return []
        entries = []
        for line in self.path.read_text().splitlines():
            try:
                erasure, ref, *rest = json.loads(line)
            except ValueError:
                # A killed process left half a line; its erasure wrote another or none at all.
                continue
            entries.append(_parse_entry(bytes.fromhex(erasure), bytes.fromhex(ref), *rest))
        return entries


def _parts(entry: LedgerEntry) -> tuple[str, str, float]:
    terms = json.dumps({"scopes": entry.scopes, "epochs": dict(entry.epochs)}, sort_keys=True)
    return terms, entry.cause, entry.at.timestamp()


def _parse_entry(erasure: bytes, ref: bytes, terms: str, cause: str, at: float) -> LedgerEntry:
    fields = json.loads(terms)
    scopes = None if fields["scopes"] is None else tuple(fields["scopes"])
    when = datetime.fromtimestamp(at, UTC)
    return LedgerEntry(UUID(bytes=erasure), ref, scopes, fields["epochs"], cause, when)
