"""A dedicated PostgreSQL connection, opened in a task that may be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import psycopg

Connection = psycopg.AsyncConnection[Any]


async def finish_connecting(connect: Coroutine[Any, Any, Connection]) -> Connection:
    """Await the connection; if cancelled half-way, finish connecting and then close it.

    Otherwise psycopg would leave the server waiting for a password.
    """
    connecting = asyncio.ensure_future(connect)
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        # A failure at that moment must not replace the cancellation.
        with suppress(psycopg.Error, OSError):
            await (await connecting).close()
        raise
