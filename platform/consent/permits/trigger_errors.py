"""Translates the database's refusal, when no Grant is live any more, into Refused (I-1).

The triggers raise SQLSTATE 28000. It is never retried, because the missing consent does not come
back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from consent.permits.errors import Refused

NO_GRANT = "28000"
# In the order that all code locks them in, so that no two transactions deadlock.
LIVE_GRANTS = """
SELECT g.learner, g.scope, g.epoch FROM consent_grant g
WHERE g.learner = ANY(%s) AND g.scope = ANY(%s) AND g.live AND g.expires_at > now()
  AND NOT EXISTS (SELECT FROM consent_restriction r
    WHERE r.learner = g.learner AND r.kind = 'restriction')
ORDER BY g.learner, g.scope FOR SHARE OF g
"""
LiveGrant = tuple[int, str, int]


@contextmanager
def refuse_without_grant() -> Iterator[None]:
    """Run the block in a savepoint; raise a trigger's refusal as Refused, after a rollback."""
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != NO_GRANT:
            raise
        raise Refused("no_grant") from error


def lock_live_grants(learners: Collection[int], scopes: Collection[str]) -> set[LiveGrant]:
    """Return and lock (learner, scope, epoch) of each live Grant, until this transaction ends.

    Writes under one of these will not be refused by the triggers.
    """
    if not (learners and scopes):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(LIVE_GRANTS, [sorted(set(learners)), sorted(set(scopes))])
        return set(cursor.fetchall())
