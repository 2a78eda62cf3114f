"""The rows of the keystore: what is asked of them, as SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

COLUMNS = "id, subject, scope, epoch, made_at, generation, wrapped"
Name = tuple[UUID, str, int]


class Row(NamedTuple):
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
        """What a wrapped key is bound to: moved to another row it does not open."""
        return b"\0".join(
            (self.id, self.subject, self.scope.encode(), self.epoch.to_bytes(8, "big"))
        )


def by_id(connection: sqlite3.Connection, id: bytes) -> Row | None:
    found = connection.execute(f"SELECT {COLUMNS} FROM key WHERE id = ?", (id,)).fetchone()  # noqa: S608
    return None if found is None else Row(*found)


def by_ids(connection: sqlite3.Connection, ids: Collection[bytes]) -> list[Row]:
    """The rows with these ids that are there, in one statement."""
    marks = ",".join("?" * len(ids))
    rows = connection.execute(f"SELECT {COLUMNS} FROM key WHERE id IN ({marks})", tuple(ids))  # noqa: S608
    return [Row(*found) for found in rows]


def newest(connection: sqlite3.Connection, names: Collection[Name]) -> dict[Name, Row]:
    """The newest row of each name, in one statement."""
    by_row = {(who.bytes, scope, epoch): (who, scope, epoch) for who, scope, epoch in names}
    marks = ",".join(["(?,?,?)"] * len(by_row))
    values = [value for each in by_row for value in each]
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM key WHERE (subject, scope, epoch) IN (VALUES {marks})"  # noqa: S608
        " ORDER BY made_at, id",
        values,
    )
    return {by_row[found[1:4]]: Row(*found) for found in rows}


def insert(connection: sqlite3.Connection, row: Row) -> None:
    connection.execute(
        f"INSERT INTO key ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        row,
    )


def delete(connection: sqlite3.Connection, subject: UUID, scopes: Sequence[str] | None) -> int:
    """Delete the keys of these scopes, or of all where None; how many."""
    statement = "DELETE FROM key WHERE subject = ?"
    if scopes is not None:
        statement += f" AND scope IN ({','.join('?' * len(scopes))})"
    return connection.execute(statement, (subject.bytes, *(scopes or ()))).rowcount


def ids(
    connection: sqlite3.Connection, subject: UUID, scopes: Sequence[str] | None = None
) -> list[bytes]:
    """The ids of the keys of these scopes, or of all where None."""
    statement = "SELECT id FROM key WHERE subject = ?"
    if scopes is not None:
        statement += f" AND scope IN ({','.join('?' * len(scopes))})"
    found = connection.execute(f"{statement} ORDER BY id", (subject.bytes, *(scopes or ())))
    return [id for (id,) in found]


def older_than(connection: sqlite3.Connection, scopes: Sequence[str], made_at: float) -> int:
    """How many keys of these scopes were made before that moment."""
    marks = ",".join("?" * len(scopes))
    statement = f"SELECT count(*) FROM key WHERE scope IN ({marks}) AND made_at < ?"  # noqa: S608
    (count,) = connection.execute(statement, (*scopes, made_at)).fetchone()
    return int(count)


def delete_older(connection: sqlite3.Connection, scopes: Sequence[str], made_at: float) -> int:
    """Delete those keys; how many."""
    marks = ",".join("?" * len(scopes))
    statement = f"DELETE FROM key WHERE scope IN ({marks}) AND made_at < ?"  # noqa: S608
    return connection.execute(statement, (*scopes, made_at)).rowcount


def used_since(
    connection: sqlite3.Connection, subject: UUID, scopes: Sequence[str], since: float
) -> list[tuple[bytes, str, int, float]]:
    """Id, scope, epoch and birth of the keys that were the newest of their name at some time since
    then."""
    return connection.execute(
        "SELECT id, scope, epoch, made_at FROM key AS k"  # noqa: S608
        f" WHERE subject = ? AND scope IN ({','.join('?' * len(scopes))}) AND (made_at >= ?"
        " OR made_at = (SELECT max(made_at) FROM key WHERE made_at < ?"
        " AND (subject, scope, epoch) = (k.subject, k.scope, k.epoch)))",
        (subject.bytes, *scopes, since, since),
    ).fetchall()


def delete_ids(connection: sqlite3.Connection, gone: Iterable[bytes]) -> int:
    cursor = connection.executemany("DELETE FROM key WHERE id = ?", [(id,) for id in gone])
    return cursor.rowcount


def generation(connection: sqlite3.Connection) -> int:
    """The newest generation, or 0 in an empty store."""
    (number,) = connection.execute("SELECT coalesce(max(number), 0) FROM generation").fetchone()
    return int(number)


def older(connection: sqlite3.Connection, number: int, limit: int) -> list[Row]:
    """Some rows still wrapped under a generation before `number`."""
    statement = f"SELECT {COLUMNS} FROM key WHERE generation < ? LIMIT ?"  # noqa: S608
    return [Row(*found) for found in connection.execute(statement, (number, limit))]


def rewrite(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    values = [(row.generation, row.wrapped, row.id) for row in rows]
    connection.executemany("UPDATE key SET generation = ?, wrapped = ? WHERE id = ?", values)
