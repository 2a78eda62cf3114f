"""What the database refuses because no Grant is live any more is Refused and leaves nothing (I-1).

The triggers say 28000; that is never tried again, since the yes they missed does not come back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from consent.permits.errors import Refused

NO_GRANT = "28000"
# In the order in which everybody locks them, so that nobody waits for each other.
HELD = """
SELECT g.learner, g.scope, g.epoch FROM consent_grant g
WHERE g.learner = ANY(%s) AND g.scope = ANY(%s) AND g.live AND g.expires_at > now()
  AND NOT EXISTS (SELECT FROM consent_restriction r
    WHERE r.learner = g.learner AND r.kind = 'restriction')
ORDER BY g.learner, g.scope FOR SHARE OF g
"""
Standing = tuple[int, str, int]


@contextmanager
def walled() -> Iterator[None]:
    """Write within; raises Refused where the wall was hit, and what was written there is undone."""
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != NO_GRANT:
            raise
        raise Refused("no_grant") from error


def held(learners: Collection[int], scopes: Collection[str]) -> set[Standing]:
    """(learner, scope, epoch) of each live Grant, which cannot end before this transaction does:
    what is written under one of them hits no wall."""
    if not (learners and scopes):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(HELD, [sorted(set(learners)), sorted(set(scopes))])
        return set(cursor.fetchall())
