"""What the database refuses because no Grant is live any more is Refused and leaves nothing (I-1).

The triggers say 28000; that is never tried again, since the yes they missed does not come back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction

from consent.refusal import Refused

NO_GRANT = "28000"


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
