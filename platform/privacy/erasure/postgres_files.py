"""Remove deleted rows' bytes from PostgreSQL's files, and search for what remains (I-10).

A deleted row remains in its table's file and in the write-ahead log. Tables that rows were deleted
from, and those whose files still hold one, are rewritten. Then the log is switched and its old
segments are deleted (`wal_recycle = off`).

Where the server is on another machine, or denies access, nothing is claimed.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

from django.db import DatabaseError, connection

from privacy.erasure.byte_search import Search, search

logger = logging.getLogger(__name__)
ROUNDS: Final = 3
# Rewriting a table locks it exclusively, so waiting for the lock is limited. A blocking
# autovacuum yields after `deadlock_timeout`, which is one second.
LOCK_TIMEOUT: Final = "3s"
LARGEST: Final = 256 << 20
STATISTICS: Final = "pg_catalog.pg_statistic"
TABLE_OF_FILE: Final = """
SELECT format('%%I.%%I', n.nspname, t.relname) FROM pg_class c
JOIN pg_class t ON t.oid = c.oid AND c.relkind <> 't' OR t.reltoastrelid = c.oid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE c.oid = pg_filenode_relation(0, %s) AND t.relkind IN ('r', 'm')
  AND pg_total_relation_size(t.oid) <= %s
"""
SMALL_TABLES: Final = """
SELECT format('%%I.%%I', n.nspname, c.relname) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY(%s) AND n.nspname = current_schema() AND c.relkind = 'r'
  AND pg_total_relation_size(c.oid) <= %s ORDER BY 1
"""


def clear_bytes(needles: Collection[bytes], emptied: Collection[str] = ()) -> Search | None:
    """Remove the bytes where possible and search all files. Returns None if they are out of reach.

    Rows were deleted from the tables `emptied`; their unsealed values have no needle, so these
    tables are always rewritten. Without needles no file is read.
    """
    owner: Any = connection
    try:
        with owner.as_owner(), owner.cursor() as cursor:
            folder = _folder(cursor)
            if folder is None:
                return None
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            _rewrite_emptied(cursor, emptied)
            if needles:
                _rewrite_hits(cursor, needles, folder)
            cursor.execute("SELECT pg_switch_wal()")
            cursor.execute("CHECKPOINT")
            return search(needles, folder) if needles else Search()
    except (DatabaseError, PermissionError) as error:
        logger.warning("erasure.disk_not_cleared: %s", type(error).__name__)
        return None


def _folder(cursor: Any) -> Path | None:
    """Return the server's data directory, if it is on this machine and really this server's."""
    cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
    row = cursor.fetchone()
    if row is None:
        return None
    folder = Path(row[0])
    cursor.execute("SELECT system_identifier FROM pg_control_system()")
    (identifier,) = cursor.fetchone()
    try:
        with (folder / "global" / "pg_control").open("rb") as control:
            found = int.from_bytes(control.read(8), sys.byteorder)
    except OSError:
        return None
    return folder if found == identifier else None


def _rewrite_hits(cursor: Any, needles: Collection[bytes], folder: Path) -> None:
    """Rewrite each table whose files hold a needle, until none does or the rounds are used up."""
    cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
    base = folder / "base" / str(cursor.fetchone()[0])
    for _ in range(ROUNDS):
        cursor.execute("CHECKPOINT")
        tables = set(_tables(cursor, search(needles, base)))
        if not tables:
            return
        if STATISTICS in tables:
            cursor.execute("ANALYZE")
        for table in sorted(tables, key=lambda name: (name == STATISTICS, name)):
            _rewrite_table(cursor, table)


def _rewrite_emptied(cursor: Any, tables: Collection[str]) -> None:
    """Rewrite the small emptied tables, then the statistics, which quote values."""
    cursor.execute(SMALL_TABLES, [sorted(tables), LARGEST])
    small = [name for (name,) in cursor.fetchall()]
    for table in [*small, *([STATISTICS] if small else [])]:
        _rewrite_table(cursor, table)


def _rewrite_table(cursor: Any, table: str) -> None:
    try:
        # Only a plain VACUUM removes rows younger than a transaction of another database.
        cursor.execute(f"VACUUM {table}")
        # ANALYZE, because the planner's statistics quote values.
        cursor.execute(f"VACUUM (FULL{'' if table == STATISTICS else ', ANALYZE'}) {table}")
    except DatabaseError as error:
        logger.warning("erasure.table_kept: %s %s", table, type(error).__name__)


def _tables(cursor: Any, seen: Search) -> Iterator[str]:
    """Yield the tables that own the files with hits, if they are small enough to lock."""
    for file in {path.name for _, path in seen.hits}:
        number = re.match(r"\d+", file)
        if number is not None:
            cursor.execute(TABLE_OF_FILE, [int(number[0]), LARGEST])
            yield from (name for (name,) in cursor.fetchall())
