"""A dedicated asynchronous connection beside Django's: the same database, the same role."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import AsyncConnection, sql

from telemetry import arrays

NOT_LIBPQ = {"cursor_factory", "context", "prepare_threshold", "server_side_binding", "pool"}


async def connect() -> AsyncConnection[tuple[Any, ...]]:
    """Connect in autocommit, where one statement is one transaction."""
    # Cancelled half-way, psycopg leaves the server waiting for a password: so finish first.
    connecting = asyncio.ensure_future(_connect())
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        # Where it fails just then, that must not stand in the place of the end.
        with suppress(psycopg.Error, OSError):
            await (await connecting).close()
        raise


async def _connect() -> AsyncConnection[tuple[Any, ...]]:
    database = connections["default"]
    params = {k: v for k, v in database.get_connection_params().items() if k not in NOT_LIBPQ}
    connection = await AsyncConnection.connect(**params, autocommit=True)
    arrays.register(connection)
    role = settings.DATABASES["default"].get("OPTIONS", {}).get("assume_role")
    if role:
        await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    return connection
