"""Logging of the processes: an event with its fields, never a row of the database (I-21).

One event per line: as text for a terminal, or as JSON for log collectors.
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


def remove_rows(text: str) -> str:
    """Remove what the database says about the values of a refused row."""
    return ROW_LINES.sub(r"\1: (left out)", text)


def _extra_fields(record: standard.LogRecord) -> dict[str, Any]:
    """Return the caller's `extra` fields; requests and frames are not logged."""
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _OWN and isinstance(value, str | int | float)
    }


class PlainFormatter(standard.Formatter):
    """Time, level, logger, event, and its fields."""

    def formatMessage(self, record: standard.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _extra_fields(record).items())
        return super().formatMessage(record) + fields

    def format(self, record: standard.LogRecord) -> str:
        return remove_rows(super().format(record))


class JsonFormatter(standard.Formatter):
    """One object per line; an exception's traceback is under `error`."""

    def format(self, record: standard.LogRecord) -> str:
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": remove_rows(record.getMessage()),
            **{name: remove_rows(str(value)) for name, value in _extra_fields(record).items()},
        }
        if record.exc_info:
            fields["error"] = remove_rows(self.formatException(record.exc_info))
        return json.dumps(fields)


def make_logging(level: str, form: str) -> dict[str, Any]:
    """Return the value of `LOGGING`; uvicorn's own loggers use the same handler."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {
                "()": "config.logging_config.PlainFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
            "json": {"()": "config.logging_config.JsonFormatter"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            # It would log every address that it calls.
            "httpx2": {"level": "WARNING"},
            "psycopg.pool": {"level": "ERROR"},
            "pgmq": {"level": "WARNING"},
            # Which beat sends; Celery sets the root logger of its processes to WARNING.
            "pipeline.beat": {"level": "INFO"},
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "uvicorn.access": {"handlers": [], "propagate": False},
            "uvicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
