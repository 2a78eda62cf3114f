"""Exceptions raised when the database, seat locks, keystore or Redis are unavailable."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError

from vault.errors import KeyDestroyed, KeystoreBusy

logger = logging.getLogger(__name__)
STORE_ERRORS = (DatabaseError, psycopg.Error, sqlite3.Error, OSError, KeystoreBusy, KeyDestroyed)


def outage_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions of unavailable stores, for an `except` clause.

    Redis' library takes six megabytes of a web process, so it is loaded only on a site that has
    Redis.
    """
    if not settings.REDIS_URL:
        return STORE_ERRORS
    import redis

    return (*STORE_ERRORS, redis.RedisError)


def log_outage(error: Exception) -> None:
    """Log which store was unavailable, without personal data."""
    logger.warning("socket.away", extra={"kind": type(error).__name__})


async def run_cleanup(act: Awaitable[object]) -> None:
    """Await a cleanup call of a closing socket; ignore it if the store is unavailable.

    The store then times the entry out.
    """
    try:
        await act
    except outage_errors() as error:
        log_outage(error)
