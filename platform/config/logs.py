"""How the processes log: plain lines, and never a row of the database (I-21)."""

from __future__ import annotations

import logging as standard
import re
from typing import Any

# PostgreSQL adds the failing row to its errors, and a traceback would print it.
ROW_LINES = re.compile(
    r"^(DETAIL|CONTEXT|HINT|PARAMETERS):.*(\n(?!\S+:|Traceback|\s*File ).*)*", re.M
)


class WithoutRows(standard.Formatter):
    """Cuts what the database says about the values of the row that it refused."""

    def format(self, record: standard.LogRecord) -> str:
        return ROW_LINES.sub(r"\1: (left out)", super().format(record))


def logging(level: str) -> dict[str, Any]:
    """For `LOGGING`; uvicorn's own loggers go the same way."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {
                "()": "config.logs.WithoutRows",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "psycopg.pool": {"level": "ERROR"},
            "pgmq": {"level": "WARNING"},
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "uvicorn.access": {"handlers": [], "propagate": False},
            "uvicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
