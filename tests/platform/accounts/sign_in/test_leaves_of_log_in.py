"""Signing in, failing to, and signing out each leave one leaf; unknown names leave no trace."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from audit.models import Leaf
from audit.queries import leaves_about, leaves_by
from tests.fixtures.users import PASSWORD
from vault.keystore import ALL, open_keystore

pytestmark = pytest.mark.django_db
LOG_IN, LOG_OUT = "/accounts/login/", "/accounts/logout/"


def verbs(rows):
    return sorted(leaf.verb for leaf in rows if leaf.verb.startswith("person.sign"))


def test_a_wrong_password_leaves_a_leaf_without_an_actor(mia):
    Client().post(LOG_IN, {"login": "mia", "password": "no"})
    (leaf,) = leaves_about(mia.code).filter(verb="person.sign_in_failed")
    assert (leaf.actor_ref, leaf.public) == (None, "")


def test_an_unknown_name_leaves_a_leaf_without_subject_or_name(mia):
    Client().post(LOG_IN, {"login": "quentin", "password": "no"})
    leaf = Leaf.objects.get(verb="person.sign_in_failed")
    assert (leaf.actor_ref, leaf.subject_ref, leaf.public) == (None, None, "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(l::text, ' ') FROM audit_leaf l")
        ((rows,),) = cursor.fetchall()
    assert "quentin" not in rows
    assert b"quentin".hex() not in rows


def test_an_attempt_on_a_closed_account_creates_no_salt(mia):
    open_keystore().destroy(mia.code, ALL)
    type(mia).objects.filter(pk=mia.pk).update(is_active=False)
    Client().post(LOG_IN, {"login": "mia", "password": PASSWORD})
    assert open_keystore().key_ids(mia.code) == []
    assert Leaf.objects.get(verb="person.sign_in_failed").subject_ref is None


def test_signing_out_is_a_leaf_and_says_whether_everywhere(mia, client_for):
    client_for(mia).post(LOG_OUT)
    client_for(mia).post(LOG_OUT, {"everywhere": "1"})
    found = leaves_by(mia.code).filter(verb="person.sign_out").order_by("at")
    assert [leaf.public for leaf in found] == ["everywhere=false", "everywhere=true"]
    assert verbs(leaves_about(mia.code)) == ["person.sign_out"] * 2


def test_signing_out_without_a_session_leaves_no_leaf(mia):
    Client().post(LOG_OUT)
    assert verbs(Leaf.objects.all()) == []
