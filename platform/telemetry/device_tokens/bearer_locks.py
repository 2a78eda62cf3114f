"""Lock sign-ins and device tokens that send texts into a Sitting, until the texts are stored.

A sign-in that ends waits for the commit, or ends before it and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from telemetry.blocks.group_commit import NO_BEARER

HOLD = (
    """SELECT id FROM accounts_session WHERE id = ANY(%s) AND expires_at > now()
    ORDER BY id FOR KEY SHARE""",
    """SELECT id FROM telemetry_devicetoken WHERE id = ANY(%s) AND expires_at > now()
    ORDER BY id FOR KEY SHARE""",
)


class SignedOut(Exception):
    """The sign-in or the device token that sent this has ended."""


def hold(bearers: Collection[UUID]) -> set[UUID]:
    """Lock the open ones until this transaction ends, and return them."""
    found = {NO_BEARER}
    with connection.cursor() as cursor:
        for statement in HOLD:
            cursor.execute(statement, [list(bearers)])
            found.update(id for (id,) in cursor.fetchall())
    return found


def require(bearer: UUID) -> None:
    """Lock one until this transaction ends. Raises SignedOut."""
    if bearer not in hold([bearer]):
        raise SignedOut
