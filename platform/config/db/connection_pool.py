"""Pooled connections of web and worker processes.

Opening one costs PostgreSQL and the process more than most pages do, and a thousand reconnecting
sockets would open thousands.
"""

from __future__ import annotations

from typing import Any, Final

# How long a page waits for a connection before it reports the database as unavailable.
WAIT_S: Final = 3.0
# The longest pause between attempts to reconnect.
RETRY_S: Final = 2.0


def pool_options(most: int) -> dict[str, Any]:
    """Return Django's `OPTIONS` for the pool; empty if no connection is to be pooled."""
    if not most:
        return {}
    pool = {"min_size": 1, "max_size": most, "timeout": WAIT_S, "reconnect_timeout": RETRY_S}
    return {"pool": pool}
