"""The ledger of erasures, on the keystore's side: what a restored database does not know (I-12).

An entry is written before the keys go and is never removed. It names the person only as an HMAC
under a secret of the site, so that whoever has the file alone learns of nobody.
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
class Entry:
    """One erasure. `scopes` None = the whole person; `epochs` of what was off afterwards."""

    erasure: UUID
    ref: bytes
    scopes: tuple[str, ...] | None
    epochs: Mapping[str, int]
    cause: str
    at: datetime


def write(connection: sqlite3.Connection, entry: Entry) -> None:
    """Again is harmless: the first entry of an erasure stands."""
    terms = json.dumps({"scopes": entry.scopes, "epochs": dict(entry.epochs)}, sort_keys=True)
    connection.execute(
        f"INSERT OR IGNORE INTO ledger ({COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
        (entry.erasure.bytes, entry.ref, terms, entry.cause, entry.at.timestamp()),
    )


def newest(connection: sqlite3.Connection, limit: int) -> list[Entry]:
    """The newest entries, oldest of them first; all where `limit` is negative."""
    found = connection.execute(
        f"SELECT {COLUMNS} FROM ledger ORDER BY seq DESC LIMIT ?",  # noqa: S608
        (limit,),
    )
    return [_entry(*row) for row in reversed(found.fetchall())]


def _entry(erasure: bytes, ref: bytes, terms: str, cause: str, at: float) -> Entry:
    told = json.loads(terms)
    scopes = None if told["scopes"] is None else tuple(told["scopes"])
    when = datetime.fromtimestamp(at, UTC)
    return Entry(UUID(bytes=erasure), ref, scopes, told["epochs"], cause, when)
