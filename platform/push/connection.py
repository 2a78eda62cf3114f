"""To PostgreSQL by a connection of one's own, in a task that may be ended meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import psycopg

Connection = psycopg.AsyncConnection[Any]


async def connected(connect: Coroutine[Any, Any, Connection]) -> Connection:
    """Cancelled half-way, psycopg leaves the server waiting for a password: so finish first."""
    connecting = asyncio.ensure_future(connect)
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        # Where it fails just then, that must not stand in the place of the end.
        with suppress(psycopg.Error, OSError):
            await (await connecting).close()
        raise
