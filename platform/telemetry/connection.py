"""A dedicated asynchronous connection besides Django's: same database, same role."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import AsyncConnection, sql

from push.connection import finish_connecting
from telemetry.blocks import pg_arrays

NOT_LIBPQ = {"cursor_factory", "context", "prepare_threshold", "server_side_binding", "pool"}


async def connect() -> AsyncConnection[tuple[Any, ...]]:
    """Connect in autocommit mode, where each statement is a transaction."""
    return await finish_connecting(_connect())


async def _connect() -> AsyncConnection[tuple[Any, ...]]:
    database = connections["default"]
    params = {k: v for k, v in database.get_connection_params().items() if k not in NOT_LIBPQ}
    connection = await AsyncConnection.connect(**params, autocommit=True)
    pg_arrays.register(connection)
    role = settings.DATABASES["default"].get("OPTIONS", {}).get("assume_role")
    if role:
        await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    return connection
