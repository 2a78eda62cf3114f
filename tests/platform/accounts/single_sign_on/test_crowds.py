"""Concurrency: forged tokens, two callbacks at once, and a school behind one address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import SingleSignOnLink, User
from accounts.sign_in import known_browser, throttle
from accounts.single_sign_on import account_links
from accounts.single_sign_on.oidc.claims import read_claims
from tests.fixtures.accounts import openid_provider
from tests.fixtures.users import PASSWORD, make
from tests.platform.accounts.single_sign_on.conftest import sentence
from tests.platform.accounts.single_sign_on.test_whole_sign_in import logout_token, sent_out

CROWD = 6


def test_forged_tokens_at_once_make_us_fetch_the_keys_once(tab, liar):
    liar.header, liar.keys_hang_s = {"kid": "unknown"}, 0.5
    token, servers = logout_token(liar), [tab() for _ in range(CROWD)]
    with ThreadPoolExecutor(CROWD) as pool:
        codes = list(pool.map(lambda each: sent_out(each, token), servers))
    assert codes == [400] * CROWD
    assert liar.asked.count("/keys") == 1
    assert len([path for path in liar.asked if path.startswith("/.well-known/")]) == 1


def test_keys_that_cannot_be_read_are_not_asked_for_again_at_once(tab, liar):
    liar.keys_status = 500
    server, token = tab(), logout_token(liar)
    assert [sent_out(server, token) for _ in range(3)] == [503] * 3
    assert liar.asked.count("/keys") == 1


@pytest.mark.parametrize("status", [500, 201])
def test_a_description_that_cannot_be_read_is_not_asked_for_again_at_once(tab, liar, status):
    liar.status, here = status, tab()
    assert [here.post("/accounts/sso/northfield/").status_code for _ in range(3)] == [503] * 3
    assert len([path for path in liar.asked if path.startswith("/.well-known/")]) == 1


def together(act):
    """Run it in two threads at once; return the results."""
    barrier = Barrier(2)

    def go(number):
        try:
            barrier.wait(10)
            return act(number)
        except account_links.NoAccount as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(go, range(2)))


@pytest.fixture
def provider():
    rules = openid_provider.rules("https://id.x.example", create_accounts=True, age_band="adult")
    return rules.providers[0]


def test_two_callbacks_of_one_person_make_one_account(transactional_db, provider, settings):
    said = read_claims(provider, {"sub": "12", "preferred_username": "eve"})
    now = timezone.now()
    both = together(lambda _: account_links.find_or_make_person(provider, said, now=now))
    assert both == [User.objects.get()] * 2
    assert SingleSignOnLink.objects.count() == 1


def test_two_people_of_one_username_at_once_make_one_account(transactional_db, provider, settings):
    now = timezone.now()

    def come(number):
        said = read_claims(provider, {"sub": str(number), "preferred_username": "eve"})
        return account_links.find_or_make_person(provider, said, now=now)

    both = together(come)
    assert sum("already an account with your username" in str(each) for each in both) == 1
    assert User.objects.count() == 1


def test_one_browser_does_not_stop_a_known_one_of_its_network(tab, monkeypatch):
    monkeypatch.setattr(throttle, "ELSEWHERE_TRIES", 2)
    make("mia", now=timezone.now())
    here, mallory = tab(), tab()
    here.post("/accounts/login/", login="mia", password=PASSWORD)
    here.post("/accounts/logout/")
    for number in range(2):
        mallory.back(mallory.begin(), code="", error=f"e{number}")
    stopped = mallory.back(mallory.begin(), code="x")
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) > 600
    assert "sso" not in mallory.client.cookies
    assert here.sign_in(code="of mia").status_code == 302


def test_a_person_without_an_account_uses_up_no_tries(tab, name_provider, monkeypatch):
    monkeypatch.setattr(throttle, "ELSEWHERE_TRIES", 1)
    name_provider(create_accounts=False)
    here = tab()
    for number in range(3):
        assert "do not have an account here yet" in sentence(here.sign_in(code=f"code {number}"))


def test_a_browser_is_known_only_by_what_we_signed(db):
    request = RequestFactory().get("/")
    request.COOKIES["known"] = f"{'0' * 32}.{'1' * 64}:x:y"
    assert known_browser.find_any_number(request) is None


def test_forged_log_outs_of_a_network_are_stopped(tab, liar, monkeypatch):
    monkeypatch.setattr(throttle, "ELSEWHERE_TRIES", 2)
    server = tab()
    assert [sent_out(server, "forged") for _ in range(3)] == [400, 400, 429]
