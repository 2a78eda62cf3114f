"""Connections that a web or worker process keeps between requests: to open one costs PostgreSQL and
the process more than most pages do, and a thousand sockets that come back open thousands."""

from __future__ import annotations

from typing import Any, Final

# A page waits this long for one of them, then says that the database is away.
WAIT_S: Final = 3.0
# A database that comes back is found again within the longest pause between two tries.
RETRY_S: Final = 2.0


def options(most: int) -> dict[str, Any]:
    """What Django's `OPTIONS` say of it; nothing where no connection is to be kept."""
    if not most:
        return {}
    pool = {"min_size": 1, "max_size": most, "timeout": WAIT_S, "reconnect_timeout": RETRY_S}
    return {"pool": pool}
