"""One-time links to set a password: valid once, for three days, and only the newest one."""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import sleep
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import people
from accounts.models import PasswordLink, Session
from accounts.passwords import password_links
from audit.queries import leaves_about
from tests.fixtures.accounts.second_factor import app_of, with_factor
from tests.fixtures.users import NAVIGATES, PASSWORD

pytestmark = pytest.mark.django_db
NEW = "a new battery staple"


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.LEGAL_PROFILE = "demo"


@pytest.fixture
def visitor():
    return Client(headers=NAVIGATES)


def link_for(person, *, now=None):
    return password_links.make_link(person, by=None, now=now or timezone.now())


def key_in(link):
    return parse_qs(urlsplit(link).query)["key"][0]


def choose(client, link, new=NEW, again=None):
    fields = {"key": key_in(link), "new": new, "again": again or new}
    return client.post("/accounts/start/", fields)


def text(response):
    return response.content.decode()


def test_the_link_sets_a_password_and_signs_its_person_in(visitor, mia):
    link = link_for(mia)
    assert "Save and sign in" in text(visitor.get(link))
    assert choose(visitor, link).status_code == 302
    assert visitor.get("/accounts/security/").status_code == 200
    mia.refresh_from_db()
    assert mia.check_password(NEW)


def test_opening_it_uses_nothing_up(visitor, mia):
    link = link_for(mia)
    for _ in range(3):
        assert visitor.get(link).status_code == 200
    mia.refresh_from_db()
    assert mia.check_password(PASSWORD)
    assert choose(visitor, link).status_code == 302


def test_it_works_once(visitor, mia):
    link = link_for(mia)
    choose(visitor, link)
    stranger = Client(headers=NAVIGATES)
    assert stranger.get(link).status_code == 410
    assert choose(stranger, link, "another battery staple").status_code == 410
    mia.refresh_from_db()
    assert mia.check_password(NEW)


@pytest.mark.django_db(transaction=True)
def test_a_link_used_twice_at_once_works_once(mia):
    key = key_in(link_for(mia))

    def use(password):
        try:
            return password_links.use_link(key, password, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        used = list(pool.map(use, [f"{NEW} {number}" for number in range(2)]))
    assert used.count(None) == 1


@pytest.mark.django_db(transaction=True)
def test_using_and_making_a_link_cannot_deadlock(mia):
    """Both lock the person first and then the link."""
    key, held, now = key_in(link_for(mia)), Barrier(2), timezone.now()

    def use():
        held.wait(10)
        return password_links.use_link(key, NEW, now=now)

    def make_again():
        with transaction.atomic():
            password_links.lock_user(mia.pk)
            held.wait(10)
            sleep(0.3)
            return password_links.make_link(mia, by=None, now=now)

    def alone(act):
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        used, made = (
            future.result(20)
            for future in [pool.submit(alone, use), pool.submit(alone, make_again)]
        )
    assert used is None
    assert PasswordLink.objects.count() == 1
    assert password_links.load_person(key_in(made), now=now) == mia


def test_a_mailed_link_ends_only_an_older_mailed_one(visitor, mia):
    now = timezone.now()
    shown = link_for(mia)
    mailed = [password_links.make_mailed_link(mia, asked_at=now, now=now) for _ in range(2)]
    assert [visitor.get(link).status_code for link in (shown, *mailed)] == [200, 410, 200]
    newer = link_for(mia)
    assert [visitor.get(link).status_code for link in (shown, mailed[1], newer)] == [410, 410, 200]


def test_a_newer_one_ends_the_older(visitor, mia):
    older, newer = link_for(mia), link_for(mia)
    assert "no longer works" in text(visitor.get(older))
    assert visitor.get(newer).status_code == 200


@pytest.mark.parametrize(("hours", "status"), [(71, 200), (73, 410)])
def test_it_works_for_three_days(visitor, mia, hours, status):
    link = link_for(mia, now=timezone.now() - timedelta(hours=hours))
    assert visitor.get(link).status_code == status


@pytest.mark.parametrize("key", ["", "x", "A" * 22, "é" * 22])
def test_an_unknown_key_is_refused(visitor, mia, key):
    link_for(mia)
    assert visitor.get("/accounts/start/", {"key": key}).status_code == 410
    fields = {"key": key, "new": NEW, "again": NEW}
    assert visitor.post("/accounts/start/", fields).status_code == 410


def test_it_opens_no_locked_account(visitor, mia):
    link = link_for(mia)
    type(mia).objects.filter(pk=mia.pk).update(is_active=False)
    assert visitor.get(link).status_code == 410
    assert choose(visitor, link).status_code == 410


@pytest.mark.parametrize(("new", "again"), [("short", None), (NEW, "something else entirely")])
def test_a_password_that_will_not_do_leaves_the_link_as_it_is(visitor, mia, new, again):
    link = link_for(mia)
    response = choose(visitor, link, new, again)
    assert response.status_code == 400
    assert f'value="{key_in(link)}"' in text(response)
    assert choose(visitor, link).status_code == 302


def test_a_refused_link_is_logged_without_its_key(visitor, mia, caplog):
    link = link_for(mia, now=timezone.now() - timedelta(days=4))
    with caplog.at_level(logging.DEBUG, logger="django.request"):
        assert visitor.get(link).status_code == 410
    assert "/accounts/start/" in caplog.text
    assert key_in(link) not in caplog.text


def test_no_other_address_learns_the_key_from_the_page(visitor, mia):
    assert visitor.get(link_for(mia))["Referrer-Policy"] == "strict-origin"


def test_another_new_password_ends_the_link(visitor, mia):
    link = link_for(mia)
    people.set_password(mia, NEW)
    assert visitor.get(link).status_code == 410


def test_no_link_is_made_for_a_closed_account(mia):
    mia.is_active = False
    with pytest.raises(ValueError, match="This account is locked"):
        link_for(mia)


def test_it_ends_what_was_open_and_leaves_the_second_factor(visitor, mia, client_for):
    client_for(mia)
    with_factor(mia, now=timezone.now() - timedelta(minutes=2))
    response = choose(visitor, link_for(mia))
    assert response["Location"] == "/accounts/factor/"
    assert visitor.get("/accounts/security/").status_code == 302
    assert Session.objects.filter(user=mia).count() == 1
    code = {"proof": app_of(mia).now()}
    assert visitor.post("/accounts/factor/", code).status_code == 302
    assert visitor.get("/accounts/security/").status_code == 200


def test_a_steward_without_a_second_factor_sets_one_up_before_any_page(visitor, amir, settings):
    settings.LEGAL_PROFILE = "us_higher_ed"
    choose(visitor, link_for(amir))
    assert visitor.get("/steward/").status_code == 302
    begun = visitor.get("/accounts/factor/", follow=True)
    assert begun.request["PATH_INFO"] == "/accounts/factor/add/"


def test_the_key_is_stored_as_its_digest_alone(mia):
    key = key_in(link_for(mia))
    assert len(key) >= 22
    assert PasswordLink.objects.get().key_digest == hashlib.sha256(key.encode()).hexdigest()


def test_making_and_using_a_link_leave_audit_leaves(visitor, mia, amir):
    link = password_links.make_link(mia, by=amir.code, now=timezone.now())
    choose(visitor, link)
    verbs = set(leaves_about(mia.code).values_list("verb", flat=True))
    assert {"person.link_make", "person.password", "person.sign_in"} <= verbs
