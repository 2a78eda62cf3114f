"""What the database, the locks of seats, the keystore and Redis raise when they are not there."""

from __future__ import annotations

import logging
import sqlite3

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError

from vault.errors import KeyDestroyed, KeystoreBusy

logger = logging.getLogger(__name__)


def of_redis() -> tuple[type[Exception], ...]:
    """Loading it takes six megabytes of each web process, so only where the site has one."""
    if not settings.REDIS_URL:
        return ()
    import redis

    return (redis.RedisError,)


STORES = (DatabaseError, psycopg.Error, sqlite3.Error, OSError, KeystoreBusy, KeyDestroyed)
AWAY: tuple[type[Exception], ...] = (*STORES, *of_redis())


def say_away(error: Exception) -> None:
    """Into the log: what was not there, and nothing of whom."""
    logger.warning("socket.away", extra={"kind": type(error).__name__})
