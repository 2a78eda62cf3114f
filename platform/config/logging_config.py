"""How the processes log: an event and what belongs to it, and never a row of the database (I-21).

One event a line: as text for a person at a terminal, or as JSON for what collects logs.
"""

from __future__ import annotations

import json
import logging as standard
import re
from datetime import UTC, datetime
from typing import Any

# PostgreSQL adds the failing row to its errors, and a traceback would print it.
ROW_LINES = re.compile(
    r"^(DETAIL|CONTEXT|HINT|PARAMETERS):.*(\n(?!\S+:|Traceback|\s*File ).*)*", re.M
)
FORMS = ("plain", "json")
_OWN = {*vars(standard.makeLogRecord({})), "message", "asctime", "taskName", "color_message"}


def without_rows(text: str) -> str:
    """Cut what the database says about the values of the row that it refused."""
    return ROW_LINES.sub(r"\1: (left out)", text)


def _besides(record: standard.LogRecord) -> dict[str, Any]:
    """What the caller gave as `extra`; a request or a frame is no thing to log."""
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _OWN and isinstance(value, str | int | float)
    }


class Plain(standard.Formatter):
    """Time, level, logger, event, and what belongs to it."""

    def formatMessage(self, record: standard.LogRecord) -> str:
        told = "".join(f" {name}={value}" for name, value in _besides(record).items())
        return super().formatMessage(record) + told

    def format(self, record: standard.LogRecord) -> str:
        return without_rows(super().format(record))


class Json(standard.Formatter):
    """One object a line; what broke stands under `error` with its traceback."""

    def format(self, record: standard.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": without_rows(record.getMessage()),
            **{name: without_rows(str(value)) for name, value in _besides(record).items()},
        }
        if record.exc_info:
            told["error"] = without_rows(self.formatException(record.exc_info))
        return json.dumps(told)


def logging(level: str, form: str) -> dict[str, Any]:
    """For `LOGGING`; uvicorn's own loggers go the same way."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {
                "()": "config.logging_config.Plain",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
            "json": {"()": "config.logging_config.Json"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            # It would log each address that it asks.
            "httpx2": {"level": "WARNING"},
            "psycopg.pool": {"level": "ERROR"},
            "pgmq": {"level": "WARNING"},
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "uvicorn.access": {"handlers": [], "propagate": False},
            "uvicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
