"""Sessions: who is signed in, and nothing else."""

from __future__ import annotations

import base64
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import SessionStore, sign_out_everywhere

pytestmark = pytest.mark.django_db


def key_of(client) -> str:
    return client.cookies["sessionid"].value


def who(client) -> int | None:
    found = SessionStore(key_of(client)).get("_auth_user_id")
    return int(found) if found else None


def test_an_anonymous_visitor_has_no_row_and_no_cookie(client):
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": "nobody", "password": "x"})
    assert Session.objects.count() == 0
    assert "sessionid" not in client.cookies


def test_the_key_of_the_cookie_is_nowhere_in_the_table(mia, client_for):
    key = key_of(client_for(mia))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(s::text, ' ') FROM accounts_session s")
        stored = cursor.fetchone()[0]
    for form in (key, key.encode().hex()[:32], base64.b64encode(key.encode()).decode()[:32]):
        assert form not in stored


def test_a_stale_cookie_is_taken_back(client, db):
    client.cookies["sessionid"] = "a" * 32
    response = client.get("/accounts/login/")
    assert response.cookies["sessionid"]["max-age"] == 0


def test_a_signed_in_person_is_known_by_their_key(mia, client_for):
    assert who(client_for(mia)) == mia.pk


def test_a_key_that_was_never_given_out_is_not_adopted(mia, client):
    client.cookies["sessionid"] = "a" * 32
    client.force_login(mia)
    assert key_of(client) != "a" * 32


def test_a_log_in_over_an_open_one_changes_the_key(mia, ines, client_for):
    client = client_for(mia)
    before = key_of(client)
    client.force_login(ines)
    assert key_of(client) != before
    assert SessionStore(before).load() == {}
    assert who(client) == ines.pk


def test_an_expired_row_opens_nothing_and_can_be_swept(mia, client_for):
    client = client_for(mia)
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert who(client) is None
    SessionStore.clear_expired()
    assert Session.objects.count() == 0


def test_sweeping_leaves_open_log_ins(mia, client_for):
    client = client_for(mia)
    SessionStore.clear_expired()
    assert who(client) == mia.pk


def test_sweeping_takes_the_expired_and_leaves_the_open_by_the_name_of_the_engine(
    mia, ines, client_for, settings
):
    old, new = client_for(mia), client_for(ines)
    Session.objects.filter(user=mia).update(expires_at=timezone.now() - timedelta(days=1))

    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()

    assert list(Session.objects.values_list("user", flat=True)) == [ines.pk]
    assert (who(old), who(new)) == (None, ines.pk)


def test_a_closed_account_is_signed_out_at_once(mia, client_for):
    client = client_for(mia)
    mia.is_active = False
    mia.save(update_fields=["is_active"])
    assert who(client) is None


def test_signing_out_everywhere_ends_all_log_ins_of_one_person_only(mia, ines, client_for):
    first, second, other = client_for(mia), client_for(mia), client_for(ines)
    assert sign_out_everywhere(mia) == 2
    assert [who(client) for client in (first, second, other)] == [None, None, ines.pk]


def test_a_page_cannot_leave_anything_else_in_a_session(mia, client_for):
    store = SessionStore(key_of(client_for(mia)))
    store["note"] = "cries in lesson 3"
    with pytest.raises(TypeError, match="note"):
        store.save()


def test_a_session_ended_meanwhile_cannot_be_saved_again(mia, client_for):
    from django.contrib.sessions.backends.base import UpdateError

    store = SessionStore(key_of(client_for(mia)))
    store["_auth_user_hash"] = store["_auth_user_hash"]
    sign_out_everywhere(mia)
    with pytest.raises(UpdateError):
        store.save()
