"""Logs never contain a row: PostgreSQL's errors include one, and a traceback would print it."""

from __future__ import annotations

import json
import logging

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from config.logging_config import JsonFormatter, PlainFormatter

FORMS = [PlainFormatter(), JsonFormatter()]


def record_of(error: BaseException) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__)
    return logging.LogRecord("x", logging.ERROR, "f", 1, "it failed", (), info)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_a_refused_row_is_not_in_the_log(form):
    canary = "-".join(["can", "ary"])
    sql = "INSERT INTO accounts_user (code, login_digest, password) VALUES (%s, %s, 'x')"
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, ["00000000-0000-0000-0000-00000000cafe", canary])
    assert canary in str(caught.value)
    text = form.format(record_of(caught.value))
    assert canary not in text
    assert "violates not-null constraint" in text
    assert "test_logging_config.py" in text


@pytest.mark.parametrize("form", FORMS)
def test_a_detail_of_several_lines_is_cut_whole(form):
    error = ValueError("bad\nDETAIL:  Failing row contains (canary\nmore canary).")
    text = form.format(record_of(error))
    assert "canary" not in text
    assert "bad" in text


def record_with(**extra) -> logging.LogRecord:
    record = logging.LogRecord("blocks", logging.WARNING, "f", 1, "group_failed", (), None)
    record.__dict__.update(extra)
    return record


def test_an_events_fields_are_logged():
    record = record_with(sqlstate="28000", request=object())
    assert PlainFormatter("%(levelname)s %(message)s").format(record) == (
        "WARNING group_failed sqlstate=28000"
    )
    told = json.loads(JsonFormatter().format(record))
    assert told.pop("at").endswith("+00:00")
    assert told == {
        "level": "WARNING", "logger": "blocks", "event": "group_failed", "sqlstate": "28000"
    }  # fmt: skip


def test_a_broken_event_is_one_line_of_json_with_its_traceback():
    text = JsonFormatter().format(record_of(ValueError("a\nb")))
    assert "\n" not in text
    assert "ValueError: a\nb" in json.loads(text)["error"]


def test_the_site_logs_through_them():
    forms = {name: each["()"] for name, each in settings.LOGGING["formatters"].items()}
    assert forms == {
        "plain": "config.logging_config.PlainFormatter",
        "json": "config.logging_config.JsonFormatter",
    }
    assert {"stderr"} == {
        h for v in settings.LOGGING["loggers"].values() for h in v.get("handlers", [])
    }
