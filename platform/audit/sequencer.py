"""Gives each leaf its position, and the tree its heads: one process at a time (I-20).

A leaf is committed with its act and has no order of its own. Leaves wait in a table and are taken
away from it: whoever read "those after the last one" would lose what commits later with an earlier
time or number. The lock is taken in a statement of its own, because the next one then sees, under
READ COMMITTED, all that its earlier holder committed; the unique columns are the wall behind it.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from audit import tree_heads
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
LOCK: Final = 7001
BATCH: Final = 20_000

PLACE = """
WITH taken AS (
  DELETE FROM audit_waiting WHERE leaf IN (SELECT leaf FROM audit_waiting LIMIT %s) RETURNING leaf)
INSERT INTO audit_position (seq, leaf_id)
SELECT (SELECT coalesce(max(seq), -1) FROM audit_position)
       + row_number() OVER (ORDER BY l.at, l.id), l.id
FROM taken t JOIN audit_leaf l ON l.id = t.leaf
WHERE NOT EXISTS (SELECT FROM audit_position p WHERE p.leaf_id = l.id)
"""


def sweep(*, now: datetime) -> int:
    """Place what waits and sign what is due; how many were placed. Never raises over a broken
    head, which `verify_audit` explains: other chores go on."""
    placed = place()
    try:
        sign(now=now)
    except (tree_heads.Broken, KeystoreBusy):
        logger.exception("audit.no_head")
    return placed


def place() -> int:
    """A position for each waiting leaf, in batches, each a transaction of its own."""
    total = 0
    while True:
        with transaction.atomic():
            placed = _place_batch() if _locked() else 0
        total += placed
        if placed < BATCH:
            return total


@transaction.atomic
def sign(*, now: datetime) -> bool:
    """A new head, if one is due. Raises heads.Broken."""
    return _locked() and tree_heads.extend(now=now) is not None


def _place_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [BATCH])
        return int(cursor.rowcount)


def _locked() -> bool:
    """False while another process is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
