"""Sessions: they store who is signed in, and nothing else."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings as site
from django.db import connection
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import session_store
from accounts.sessions.session_store import (
    CONFIRMED_AT,
    FACTOR_AT,
    WAITING_KEY,
    SessionStore,
    find_open_by_key,
    sign_out_everywhere,
)
from tests.fixtures.accounts.second_factor import with_factor

pytestmark = pytest.mark.django_db


def key_of(client) -> str:
    return client.cookies["sessionid"].value


def of_socket_by(key):
    row = find_open_by_key([key], timezone.now())[key]
    return row and row.user


def who(client) -> int | None:
    """Return who is signed in by the cookie's key; pages and sockets look it up differently and
    agree.
    """
    found = SessionStore(key_of(client)).get("_auth_user_id")
    of_socket = of_socket_by(key_of(client))
    assert (of_socket.pk if of_socket else None) == (int(found) if found else None)
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


def test_a_stale_cookie_is_deleted(client, db):
    client.cookies["sessionid"] = "a" * 32
    response = client.get("/accounts/login/")
    assert response.cookies["sessionid"]["max-age"] == 0


def test_a_signed_in_person_is_known_by_their_key(mia, client_for):
    assert who(client_for(mia)) == mia.pk


def test_a_socket_is_anonymous_after_a_password_change(mia, client_for):
    key = key_of(client_for(mia))
    assert of_socket_by(key) == mia
    mia.set_password("another of mine, and long")
    mia.save()
    assert of_socket_by(key) is None


def test_a_socket_is_anonymous_until_the_factor_is_verified(settings, ines, client_for):
    settings.LEGAL_PROFILE = "eu_education"
    client = client_for(ines)
    Session.objects.update(factor_at=None)
    assert of_socket_by(key_of(client)) is None
    settings.LEGAL_PROFILE = "demo"
    assert of_socket_by(key_of(client)) == ines


def test_sockets_that_open_together_get_their_own_users(mia, noah, client_for):
    keys = {key_of(client_for(person)): person for person in (mia, noah)}
    strange = "a" * 32
    found = find_open_by_key([*keys, strange], timezone.now())
    assert {key: row and row.user for key, row in found.items()} == {**keys, strange: None}


def test_a_key_that_was_never_given_out_is_not_adopted(mia, client):
    client.cookies["sessionid"] = "a" * 32
    client.force_login(mia)
    assert key_of(client) != "a" * 32


def test_a_log_in_over_an_open_one_changes_the_key(mia, noah, client_for):
    client = client_for(mia)
    before = key_of(client)
    client.force_login(noah)
    assert key_of(client) != before
    assert SessionStore(before).load() == {}
    assert who(client) == noah.pk


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
    assert sign_out_everywhere(mia, by=mia.code) == 2
    assert [who(client) for client in (first, second, other)] == [None, None, ines.pk]


def test_a_page_cannot_leave_anything_else_in_a_session(mia, client_for):
    store = SessionStore(key_of(client_for(mia)))
    store["note"] = "cries in lesson 3"
    with pytest.raises(TypeError, match="note"):
        store.save()


@pytest.mark.parametrize("name", [FACTOR_AT, CONFIRMED_AT])
def test_the_clocks_of_a_session_hold_times_only(mia, client_for, name):
    store = SessionStore(key_of(client_for(mia)))
    store[name] = "cries in lesson 3"
    with pytest.raises(TypeError, match=name):
        store.save()


def test_a_session_ended_meanwhile_cannot_be_saved_again(mia, client_for):
    from django.contrib.sessions.backends.base import UpdateError

    store = SessionStore(key_of(client_for(mia)))
    store["_auth_user_hash"] = store["_auth_user_hash"]
    sign_out_everywhere(mia, by=mia.code)
    with pytest.raises(UpdateError):
        store.save()


# --- how long a sign-in lasts ---


def aged(person, **ago):
    """Change the person's session as if it began and was last used that long ago."""
    began = timezone.now() - timedelta(**ago)
    Session.objects.filter(user=person).update(began_at=began)
    return began


def left(person) -> timedelta:
    return Session.objects.get(user=person).expires_at - timezone.now()


def about(found: timedelta, expected: timedelta) -> bool:
    return abs(found - expected) < timedelta(seconds=30)


def test_a_steward_has_half_an_hour_from_the_beginning_others_half_a_day(
    demo, amir, mia, client_for
):
    client_for(amir)
    client_for(mia)
    assert about(left(amir), timedelta(minutes=30))
    assert about(left(mia), timedelta(hours=12))


def test_using_the_site_moves_a_stewards_end_but_not_past_eight_hours(amir, client_for):
    client = client_for(amir)
    Session.objects.update(expires_at=timezone.now() + timedelta(minutes=3))
    assert who(client) == amir.pk
    assert about(left(amir), timedelta(minutes=30))
    aged(amir, hours=7, minutes=50)
    assert who(client) == amir.pk
    assert about(left(amir), timedelta(minutes=10))
    aged(amir, hours=8)
    assert who(client) is None


def test_half_an_hour_unused_ends_a_stewards_log_in(amir, client_for):
    client = client_for(amir)
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert who(client) is None


def test_use_prolongs_only_a_stewards_session(mia, client_for):
    client = client_for(mia)
    began = aged(mia, hours=11)
    assert who(client) == mia.pk
    assert Session.objects.get().expires_at == began + timedelta(hours=12)
    aged(mia, hours=12)
    assert who(client) is None


def test_a_page_costs_no_write_while_the_end_is_fresh(amir, client_for, django_assert_num_queries):
    key = key_of(client_for(amir))
    SessionStore(key).load()
    with django_assert_num_queries(1):
        SessionStore(key).load()


def test_becoming_a_steward_shortens_an_open_log_in(mia, client_for):
    client = client_for(mia)
    aged(mia, hours=9)
    mia.roles = ["learner", "steward"]
    mia.save(update_fields=["roles"])
    assert who(client) is None


def test_the_cookie_lasts_no_shorter_than_the_row(settings):
    assert session_store.DEFAULT_LIFETIME.whole.total_seconds() == settings.SESSION_COOKIE_AGE


def test_cookies_are_bound_to_the_host_under_https():
    """In a process of its own, because settings are loaded once."""
    program = (
        "from config import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE)"
    )
    for https, expected in (
        ("1", "__Host-sessionid __Host-csrftoken True"),
        ("0", "sessionid csrftoken False"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=site.BASE_DIR / "platform",
            env={**os.environ, "ATTUNE_HTTPS": https},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected


# --- which sessions need a second factor ---


def waits(client) -> bool:
    data = SessionStore(key_of(client)).load()
    return WAITING_KEY in data and "_auth_user_id" not in data


@pytest.fixture
def strict(settings):
    settings.LEGAL_PROFILE = "eu_education"


def test_without_the_factor_a_teachers_session_is_anonymous_and_short(strict, ines, client):
    client.force_login(ines)
    assert waits(client)
    assert about(left(ines), timedelta(minutes=15))


def test_under_demo_and_for_learners_the_session_is_complete(settings, ines, mia, client):
    settings.LEGAL_PROFILE = "demo"
    client.force_login(ines)
    assert who(client) == ines.pk
    settings.LEGAL_PROFILE = "eu_education"
    assert waits(client), "a change of profile counts at once"
    client.force_login(mia)
    assert who(client) == mia.pk


def test_adding_a_factor_elsewhere_makes_this_log_in_wait(settings, mia, client_for, now):
    settings.LEGAL_PROFILE = "demo"
    client = client_for(mia)
    Session.objects.update(factor_at=None)
    assert who(client) == mia.pk
    with_factor(mia, now=now)
    assert waits(client)


def test_a_waiting_log_in_saved_again_still_waits(strict, ines, client):
    client.force_login(ines)
    store = SessionStore(key_of(client))
    store[CONFIRMED_AT] = timezone.now()
    store.save()
    assert waits(client)
    assert Session.objects.get().user == ines
