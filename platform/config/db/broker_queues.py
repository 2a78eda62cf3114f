"""The queue tables of Celery's broker, in a separate database without personal data."""

from __future__ import annotations

from typing import Any

import pgmq
import psycopg
from django.conf import settings
from psycopg import sql

from config.db import database_url


def prepare_broker() -> bool:
    """Install the queue functions if missing; return False if there is nothing to do."""
    if settings.REDIS_URL:
        return False
    _ensure_database(settings.BROKER_LOGIN)
    with psycopg.connect(database_url.make_conninfo(settings.BROKER_LOGIN)) as connection:
        row = connection.execute("SELECT to_regnamespace('pgmq') IS NOT NULL").fetchone()
        if row == (True,):
            return False
        pgmq.install_pgmq_sql(pgmq.get_embedded_install_sql(), conn=connection)
    return True


def _ensure_database(database: dict[str, Any]) -> None:
    try:
        psycopg.connect(database_url.make_conninfo(database)).close()
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
        _create(database)


def _create(database: dict[str, Any]) -> None:
    """Create the database; only an owner of the main one gets here: the private server has it."""
    home = {**settings.DATABASES["default"], **settings.ROLES["owner"], "NAME": "postgres"}
    with psycopg.connect(database_url.make_conninfo(home), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(database["NAME"]), sql.Identifier(database["USER"])
            )
        )
