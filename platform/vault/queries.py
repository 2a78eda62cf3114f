"""SQL queries on the keystore's rows, in the words that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from vault.key_table import KeyConnection

COLUMNS = "id, subject, scope, epoch, made_at, generation, wrapped"
Name = tuple[UUID, str, int]
# PostgreSQL accepts 65,535 values in one statement.
MOST: Final = 5000
T = TypeVar("T")


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


def find_by_id(connection: KeyConnection, id: bytes) -> KeyRow | None:
    found = connection.execute(f"SELECT {COLUMNS} FROM key WHERE id = ?", (id,)).fetchone()  # noqa: S608
    return None if found is None else KeyRow(*found)


def find_by_ids(connection: KeyConnection, ids: Collection[bytes]) -> list[KeyRow]:
    """Return the existing rows with these ids; up to 5000 in one statement."""
    return [
        KeyRow(*found)
        for some in _parts(ids)
        for found in connection.execute(
            f"SELECT {COLUMNS} FROM key WHERE id IN ({_marks(some)})",  # noqa: S608
            some,
        )
    ]


def find_newest(connection: KeyConnection, names: Collection[Name]) -> dict[Name, KeyRow]:
    """Return the newest row of each name; up to 5000 in one statement."""
    by_row = {(who.bytes, scope, epoch): (who, scope, epoch) for who, scope, epoch in names}
    newest = {}
    for some in _parts(by_row):
        marks = ",".join(["(?,?,?)"] * len(some))
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM key WHERE (subject, scope, epoch) IN (VALUES {marks})"  # noqa: S608
            " ORDER BY made_at, id",
            [value for each in some for value in each],
        )
        newest.update({by_row[found[1:4]]: KeyRow(*found) for found in rows})
    return newest


def insert(connection: KeyConnection, rows: Iterable[KeyRow]) -> None:
    connection.executemany(
        f"INSERT INTO key ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        rows,
    )


def delete(connection: KeyConnection, subject: UUID, scopes: Sequence[str] | None) -> int:
    """Delete the keys of these scopes, or all if None; return how many."""
    statement = "DELETE FROM key WHERE subject = ?"
    if scopes is not None:
        statement += f" AND scope IN ({_marks(scopes)})"
    return connection.execute(statement, (subject.bytes, *(scopes or ()))).rowcount


def find_ids(
    connection: KeyConnection, subject: UUID, scopes: Sequence[str] | None = None
) -> list[bytes]:
    """Return the ids of the keys of these scopes, or all if None."""
    statement = "SELECT id FROM key WHERE subject = ?"
    if scopes is not None:
        statement += f" AND scope IN ({_marks(scopes)})"
    found = connection.execute(f"{statement} ORDER BY id", (subject.bytes, *(scopes or ())))
    return [id for (id,) in found]


def count_older(connection: KeyConnection, scopes: Sequence[str], made_at: float) -> int:
    """Return how many keys of these scopes were made before that moment."""
    statement = f"SELECT count(*) FROM key WHERE scope IN ({_marks(scopes)}) AND made_at < ?"  # noqa: S608
    (count,) = connection.execute(statement, (*scopes, made_at)).fetchone()
    return int(count)


def delete_older(connection: KeyConnection, scopes: Sequence[str], made_at: float) -> int:
    """Delete those keys; return how many."""
    statement = f"DELETE FROM key WHERE scope IN ({_marks(scopes)}) AND made_at < ?"  # noqa: S608
    return connection.execute(statement, (*scopes, made_at)).rowcount


def find_used_since(
    connection: KeyConnection, subject: UUID, scopes: Sequence[str], since: float
) -> list[tuple[bytes, str, int, float]]:
    """Return id, scope, epoch and time of keys that were a name's newest at any time since."""
    return connection.execute(
        "SELECT id, scope, epoch, made_at FROM key AS k"  # noqa: S608
        f" WHERE subject = ? AND scope IN ({_marks(scopes)}) AND (made_at >= ?"
        " OR made_at = (SELECT max(made_at) FROM key WHERE made_at < ?"
        " AND (subject, scope, epoch) = (k.subject, k.scope, k.epoch)))",
        (subject.bytes, *scopes, since, since),
    ).fetchall()


def delete_ids(connection: KeyConnection, deleted: Iterable[bytes]) -> int:
    cursor = connection.executemany("DELETE FROM key WHERE id = ?", [(id,) for id in deleted])
    return cursor.rowcount


def newest_generation(connection: KeyConnection) -> int:
    """Return the newest generation, or 0 in an empty store."""
    (number,) = connection.execute("SELECT coalesce(max(number), 0) FROM generation").fetchone()
    return int(number)


def find_older(connection: KeyConnection, number: int, limit: int) -> list[KeyRow]:
    """Return some rows still wrapped under a generation before `number`."""
    statement = f"SELECT {COLUMNS} FROM key WHERE generation < ? LIMIT ?"  # noqa: S608
    return [KeyRow(*found) for found in connection.execute(statement, (number, limit))]


def update_wrapped(connection: KeyConnection, rows: Iterable[KeyRow]) -> None:
    """Store rewrapped rows, except those that were deleted or rewrapped later meanwhile."""
    values = [(row.generation, row.wrapped, row.id, row.generation) for row in rows]
    connection.executemany(
        "UPDATE key SET generation = ?, wrapped = ? WHERE id = ? AND generation < ?", values
    )


def find_after(connection: KeyConnection, id: bytes, limit: int) -> list[KeyRow]:
    """Return the next rows in the order of their ids."""
    statement = f"SELECT {COLUMNS} FROM key WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608
    return [KeyRow(*found) for found in connection.execute(statement, (id, limit))]


def find_all_ids(connection: KeyConnection) -> set[bytes]:
    return {id for (id,) in connection.execute("SELECT id FROM key")}


def find_closed(connection: KeyConnection) -> str:
    """Return why the store is closed or may not rotate, or ""."""
    found = connection.execute("SELECT why FROM closed").fetchone()
    return str(found[0]) if found else ""


def write_closed(connection: KeyConnection, why: str) -> None:
    connection.execute("DELETE FROM closed")
    if why:
        connection.execute("INSERT INTO closed (why) VALUES (?)", (why,))


def delete_all(connection: KeyConnection) -> None:
    """Delete every key and the ledger."""
    connection.execute("DELETE FROM key")
    connection.execute("DELETE FROM ledger")


def _marks(values: Collection[object]) -> str:
    """Return a mark for each value; no row equals the NULL for none."""
    return ",".join("?" * len(values)) or "NULL"


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, MOST)):
        yield some
