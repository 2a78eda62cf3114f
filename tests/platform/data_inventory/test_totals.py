"""One figure for each of many tables, by one statement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import data_inventory
from accounts.models import Session, User
from data_inventory.totals import count_each, find_oldest_each

pytestmark = pytest.mark.django_db


def test_it_counts_as_each_table_counts_itself(mia, noah, client_for):
    client_for(mia)
    about = {each.label: each for each in data_inventory.all() if each.subject is not None}
    rows = {label: each.rows_of(mia.code) for label, each in about.items()}
    with CaptureQueriesContext(connection) as queries:
        found = count_each(rows)
    assert len(queries) == 1
    assert found == {label: each.count() for label, each in rows.items()}
    assert found["accounts.Session"] == found["accounts.User"] == 1


def test_the_oldest_is_found_by_its_clock_and_nothing_where_there_is_none(mia, noah, now):
    User.objects.filter(pk=mia.pk).update(created_at=now - timedelta(days=3))
    rows = {
        "people": (User.objects.all(), "created_at"),
        "none": (Session.objects.all(), "began_at"),
    }
    assert find_oldest_each(rows) == {"people": now - timedelta(days=3)}


def test_without_tables_no_statement_runs():
    with CaptureQueriesContext(connection) as queries:
        assert (count_each({}), find_oldest_each({})) == ({}, {})
    assert len(queries) == 0
