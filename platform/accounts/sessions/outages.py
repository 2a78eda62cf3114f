"""What the database, the locks of seats, the keystore and Redis raise when they are not there."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError

from vault.errors import KeyDestroyed, KeystoreBusy

logger = logging.getLogger(__name__)
STORES = (DatabaseError, psycopg.Error, sqlite3.Error, OSError, KeystoreBusy, KeyDestroyed)


def away() -> tuple[type[Exception], ...]:
    """For `except away()`, which asks only once something was raised. Redis' library takes six
    megabytes of a web process, so it is loaded only where the site has one."""
    if not settings.REDIS_URL:
        return STORES
    import redis

    return (*STORES, redis.RedisError)


def say_away(error: Exception) -> None:
    """Into the log: what was not there, and nothing of whom."""
    logger.warning("socket.away", extra={"kind": type(error).__name__})


async def bid_farewell(act: Awaitable[object]) -> None:
    """To a store, by a socket that leaves: one that is away forgets it by itself."""
    try:
        await act
    except away() as error:
        say_away(error)
