"""SQL queries on the keystore's rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

COLUMNS = "id, subject, scope, epoch, made_at, generation, wrapped"
Name = tuple[UUID, str, int]


class KeyRow(NamedTuple):
    """One wrapped key."""

    id: bytes
    subject: bytes
    scope: str
    epoch: int
    made_at: float
    generation: int
    wrapped: bytes

    @property
    def about(self) -> bytes:
        """Return the authenticated data of a wrapped key: moved to another row it does not open."""
        return b"\0".join(
            (self.id, self.subject, self.scope.encode(), self.epoch.to_bytes(8, "big"))
        )


def find_by_id(connection: sqlite3.Connection, id: bytes) -> KeyRow | None:
    found = connection.execute(f"SELECT {COLUMNS} FROM key WHERE id = ?", (id,)).fetchone()  # noqa: S608
    return None if found is None else KeyRow(*found)


def find_by_ids(connection: sqlite3.Connection, ids: Collection[bytes]) -> list[KeyRow]:
    """Return the existing rows with these ids, in one statement."""
    marks = ",".join("?" * len(ids))
    rows = connection.execute(f"SELECT {COLUMNS} FROM key WHERE id IN ({marks})", tuple(ids))  # noqa: S608
    return [KeyRow(*found) for found in rows]


def find_newest(connection: sqlite3.Connection, names: Collection[Name]) -> dict[Name, KeyRow]:
    """Return the newest row of each name, in one statement."""
    by_row = {(who.bytes, scope, epoch): (who, scope, epoch) for who, scope, epoch in names}
    marks = ",".join(["(?,?,?)"] * len(by_row))
    values = [value for each in by_row for value in each]
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM key WHERE (subject, scope, epoch) IN (VALUES {marks})"  # noqa: S608
        " ORDER BY made_at, id",
        values,
    )
    return {by_row[found[1:4]]: KeyRow(*found) for found in rows}


def insert(connection: sqlite3.Connection, row: KeyRow) -> None:
    connection.execute(
        f"INSERT INTO key ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        row,
    )


def delete(connection: sqlite3.Connection, subject: UUID, scopes: Sequence[str] | None) -> int:
    """Delete the keys of these scopes, or all if None; return how many."""
    statement = "DELETE FROM key WHERE subject = ?"
    if scopes is not None:
        statement += f" AND scope IN ({','.join('?' * len(scopes))})"
    return connection.execute(statement, (subject.bytes, *(scopes or ()))).rowcount


def find_ids(
    connection: sqlite3.Connection, subject: UUID, scopes: Sequence[str] | None = None
) -> list[bytes]:
    """Return the ids of the keys of these scopes, or all if None."""
    statement = "SELECT id FROM key WHERE subject = ?"
    if scopes is not None:
        statement += f" AND scope IN ({','.join('?' * len(scopes))})"
    found = connection.execute(f"{statement} ORDER BY id", (subject.bytes, *(scopes or ())))
    return [id for (id,) in found]


def count_older(connection: sqlite3.Connection, scopes: Sequence[str], made_at: float) -> int:
    """Return how many keys of these scopes were made before that moment."""
    marks = ",".join("?" * len(scopes))
    statement = f"SELECT count(*) FROM key WHERE scope IN ({marks}) AND made_at < ?"  # noqa: S608
    (count,) = connection.execute(statement, (*scopes, made_at)).fetchone()
    return int(count)


def delete_older(connection: sqlite3.Connection, scopes: Sequence[str], made_at: float) -> int:
    """Delete those keys; return how many."""
    marks = ",".join("?" * len(scopes))
    statement = f"DELETE FROM key WHERE scope IN ({marks}) AND made_at < ?"  # noqa: S608
    return connection.execute(statement, (*scopes, made_at)).rowcount


def find_used_since(
    connection: sqlite3.Connection, subject: UUID, scopes: Sequence[str], since: float
) -> list[tuple[bytes, str, int, float]]:
    """Return id, scope, epoch and time of keys that were a name's newest at any time since."""
    return connection.execute(
        "SELECT id, scope, epoch, made_at FROM key AS k"  # noqa: S608
        f" WHERE subject = ? AND scope IN ({','.join('?' * len(scopes))}) AND (made_at >= ?"
        " OR made_at = (SELECT max(made_at) FROM key WHERE made_at < ?"
        " AND (subject, scope, epoch) = (k.subject, k.scope, k.epoch)))",
        (subject.bytes, *scopes, since, since),
    ).fetchall()


def delete_ids(connection: sqlite3.Connection, deleted: Iterable[bytes]) -> int:
    cursor = connection.executemany("DELETE FROM key WHERE id = ?", [(id,) for id in deleted])
    return cursor.rowcount


def newest_generation(connection: sqlite3.Connection) -> int:
    """Return the newest generation, or 0 in an empty store."""
    (number,) = connection.execute("SELECT coalesce(max(number), 0) FROM generation").fetchone()
    return int(number)


def find_older(connection: sqlite3.Connection, number: int, limit: int) -> list[KeyRow]:
    """Return some rows still wrapped under a generation before `number`."""
    statement = f"SELECT {COLUMNS} FROM key WHERE generation < ? LIMIT ?"  # noqa: S608
    return [KeyRow(*found) for found in connection.execute(statement, (number, limit))]


def update_wrapped(connection: sqlite3.Connection, rows: Iterable[KeyRow]) -> None:
    values = [(row.generation, row.wrapped, row.id) for row in rows]
    connection.executemany("UPDATE key SET generation = ?, wrapped = ? WHERE id = ?", values)
