"""Logs never repeat a row: PostgreSQL's errors carry one, and a traceback would print it."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from config.logs import WithoutRows


def record_of(error: BaseException) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__)
    return logging.LogRecord("x", logging.ERROR, "f", 1, "it failed", (), info)


@pytest.mark.django_db
def test_a_refused_row_is_not_in_the_log():
    canary = "-".join(["can", "ary"])
    sql = "INSERT INTO accounts_user (code, login_digest, password) VALUES (%s, %s, 'x')"
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, ["00000000-0000-0000-0000-00000000cafe", canary])
    assert canary in str(caught.value)
    text = WithoutRows().format(record_of(caught.value))
    assert canary not in text
    assert "violates not-null constraint" in text
    assert "test_logs.py" in text


def test_a_detail_of_several_lines_is_cut_whole():
    error = ValueError("bad\nDETAIL:  Failing row contains (canary\nmore canary).")
    text = WithoutRows().format(record_of(error))
    assert "canary" not in text
    assert "bad" in text


def test_the_site_logs_through_it():
    assert settings.LOGGING["formatters"]["plain"]["()"] == "config.logs.WithoutRows"
    assert {"stderr"} == {
        h for v in settings.LOGGING["loggers"].values() for h in v.get("handlers", [])
    }
