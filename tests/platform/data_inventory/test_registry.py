"""The declarations reach every table about people, in an order in which erasure works."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import ForeignKey

import data_inventory
from data_inventory.declaration import parse_retain


def test_a_referrer_is_erased_before_its_target():
    order = [holding.model for holding in data_inventory.erase_order()]
    for place, model in enumerate(order):
        links = [f.related_model for f in model._meta.local_fields if isinstance(f, ForeignKey)]
        assert not set(order[:place]) & (set(links) - {model}), model
    assert order[-1]._meta.label == "accounts.User"


def test_every_table_about_people_is_in_the_order_once():
    about = [holding.label for holding in data_inventory.all() if holding.subject is not None]
    order = [holding.label for holding in data_inventory.erase_order()]
    assert len(order) == len(set(order))
    assert set(about) <= set(order)


@pytest.mark.django_db
def test_forgetting_a_person_leaves_no_row_of_theirs(mia, noah, greta):
    for person in (mia, greta):
        type(mia).objects.filter(pk=person.pk).update(is_active=False)
        for holding in data_inventory.erase_order():
            holding.forget(person.code)
        left = {h.label: h.rows_of(person.code).count() for h in data_inventory.all() if h.subject}
        assert set(left.values()) == {0}
    (users,) = [h for h in data_inventory.all() if h.label == "accounts.User"]
    assert users.rows_of(noah.code).count() == 1


@pytest.mark.django_db
def test_a_withdrawal_leaves_the_account(mia):
    counts = {h.label: h.forget(mia.code, ["face:adapt"]) for h in data_inventory.erase_order()}
    assert set(counts.values()) == {0}
    assert type(mia).objects.filter(code=mia.code).exists()


@pytest.mark.django_db
def test_every_table_of_the_database_is_declared():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind IN ('r', 'm', 'p') AND nspname NOT IN ('pg_catalog',"
            " 'information_schema', 'pg_toast', 'parts')"
        )
        tables = {name for (name,) in cursor.fetchall()}
    declared = {holding.model._meta.db_table for holding in data_inventory.all()}
    third = {"django_migrations", "django_content_type"}
    third |= {"auth_permission", "auth_group", "auth_group_permissions"}
    assert tables - declared - third == set()


def test_a_lifetime_is_read_from_its_text():
    assert parse_retain("30d") == timedelta(days=30)
    assert parse_retain("12h") == timedelta(hours=12)
    assert parse_retain("1y") == timedelta(days=365)
