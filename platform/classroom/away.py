"""What the database, the locks of seats, the keystore and Redis raise when they are not there."""

from __future__ import annotations

import logging
import sqlite3

import psycopg
import redis
from django.db import Error as DatabaseError

from vault.errors import KeyDestroyed, KeystoreBusy

logger = logging.getLogger(__name__)
AWAY = (
    *(DatabaseError, psycopg.Error, sqlite3.Error, redis.RedisError, OSError),
    *(KeystoreBusy, KeyDestroyed),
)


def say_away(error: Exception) -> None:
    """Into the log: what was not there, and nothing of whom."""
    logger.warning("socket.away", extra={"kind": type(error).__name__})
