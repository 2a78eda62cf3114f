"""Turns of transactions over all processes: one at a time does what has a name."""

from __future__ import annotations

from django.db import connection
from django.db.transaction import TransactionManagementError


def wait_for_turn(name: str) -> None:
    """Wait until no other transaction has the turn of this name; keep it until this one ends.

    Raises TransactionManagementError outside a transaction, where a turn would end at once.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError(f"A turn needs a transaction: {name}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
