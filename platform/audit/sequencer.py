"""Assigns positions to leaves and creates tree heads, in one process at a time (I-20).

A leaf is committed with its act and has no order of its own. Leaves wait in a table and are deleted
from it. A query for "those after the last one" would miss a leaf that commits later with an earlier
time or number. The lock is taken in a statement of its own, because the next statement then sees,
under READ COMMITTED, all that its earlier holder committed. The unique columns are a second
safeguard.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from audit import delayed_leaves, tree_heads
from vault.errors import KeystoreBusy, Tampered

logger = logging.getLogger(__name__)
LOCK: Final = 7001
BATCH: Final = 20_000

ASSIGN_POSITIONS = """
WITH taken AS (
  DELETE FROM audit_waiting WHERE leaf IN (SELECT leaf FROM audit_waiting LIMIT %s) RETURNING leaf)
INSERT INTO audit_position (seq, leaf_id)
SELECT (SELECT coalesce(max(seq), -1) FROM audit_position)
       + row_number() OVER (ORDER BY l.at, l.id), l.id
FROM taken t JOIN audit_leaf l ON l.id = t.leaf
WHERE NOT EXISTS (SELECT FROM audit_position p WHERE p.leaf_id = l.id)
"""


def sweep(*, now: datetime) -> int:
    """Assign positions and sign a head if due; return how many positions were assigned.

    It logs a broken head, which `verify_audit` explains, and does not raise: other chores must go
    on.
    """
    try:
        delayed_leaves.write_delayed()
    except (KeystoreBusy, Tampered):
        logger.exception("audit.leaves_delayed")
    placed = assign_positions()
    try:
        sign_head(now=now)
    except (tree_heads.BrokenHead, KeystoreBusy):
        logger.exception("audit.no_head")
    return placed


def assign_positions() -> int:
    """Assign a position to each waiting leaf, in batches that are transactions of their own."""
    total = 0
    while True:
        with transaction.atomic():
            placed = _place_batch() if _take_lock() else 0
        total += placed
        if placed < BATCH:
            return total


@transaction.atomic
def sign_head(*, now: datetime) -> bool:
    """Create a new head if one is due; return whether it did. Raises tree_heads.BrokenHead."""
    return _take_lock() and tree_heads.make_head(now=now) is not None


def _place_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute(ASSIGN_POSITIONS, [BATCH])
        return int(cursor.rowcount)


def _take_lock() -> bool:
    """Take the sequencer's lock; return False while another process has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
