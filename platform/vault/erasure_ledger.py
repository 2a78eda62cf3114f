"""The ledger of erasures, stored with the keystore: what a restored database does not know (I-12).

An entry is written before the keys are destroyed and is never removed. It names the person only as
an HMAC under a secret of the site, so the file alone identifies no one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

COLUMNS = "erasure, ref, terms, cause, at"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One erasure. `scopes` None = the whole person; `epochs`: of the scopes off afterwards."""

    erasure: UUID
    ref: bytes
    scopes: tuple[str, ...] | None
    epochs: Mapping[str, int]
    cause: str
    at: datetime


def write_entry(connection: sqlite3.Connection, entry: LedgerEntry) -> None:
    """Write an entry; repeating is harmless, the first entry of an erasure is kept."""
    terms = json.dumps({"scopes": entry.scopes, "epochs": dict(entry.epochs)}, sort_keys=True)
    connection.execute(
        f"INSERT OR IGNORE INTO ledger ({COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
        (entry.erasure.bytes, entry.ref, terms, entry.cause, entry.at.timestamp()),
    )


def load_newest(connection: sqlite3.Connection, limit: int) -> list[LedgerEntry]:
    """Return the newest entries, oldest of them first; all if `limit` is negative."""
    found = connection.execute(
        f"SELECT {COLUMNS} FROM ledger ORDER BY seq DESC LIMIT ?",  # noqa: S608
        (limit,),
    )
    return [_parse_entry(*row) for row in reversed(found.fetchall())]


def _parse_entry(erasure: bytes, ref: bytes, terms: str, cause: str, at: float) -> LedgerEntry:
    fields = json.loads(terms)
    scopes = None if fields["scopes"] is None else tuple(fields["scopes"])
    when = datetime.fromtimestamp(at, UTC)
    return LedgerEntry(UUID(bytes=erasure), ref, scopes, fields["epochs"], cause, when)
