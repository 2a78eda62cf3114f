"""The pages for signing in and out."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import people
from accounts.keyed_hash import digest_login
from accounts.models import Session, User
from accounts.sign_in import auth_backend, throttle
from audit.models import Leaf
from audit.queries import leaves_about
from tests.fixtures.users import NAVIGATES, PASSWORD

pytestmark = pytest.mark.django_db
PAGE, EMAIL = "/accounts/login/", "mia@school.example"


def log_in(client, login="mia", password=PASSWORD, **more):
    return client.post(PAGE, {"login": login, "password": password, **more})


def test_the_page_asks_for_two_things_and_keeps_the_way_back(client):
    page = client.get(PAGE, {"next": "/journey/"})
    html = page.content.decode()
    assert page.status_code == 200
    assert 'name="login"' in html
    assert 'name="password"' in html
    assert 'value="/journey/"' in html
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("login", ["mia", "MIA", " mia "])
def test_the_right_password_opens_the_start_page(mia, client, login):
    response = log_in(client, login)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert Session.objects.get().user == mia


@pytest.mark.parametrize("typed", ["mia@school.example", " MIA@School.example "])
def test_the_email_of_one_account_opens_it_too(mia, noah, client, typed):
    assert log_in(client, typed).status_code == 302
    assert Session.objects.get().user == mia


def test_an_email_of_two_open_accounts_opens_neither(mia, noah, client):
    User.objects.filter(pk=noah.pk).update(email_digest=mia.email_digest)
    answer = log_in(client, EMAIL)
    assert answer.status_code == 401
    assert "The username or password is not correct" in answer.content.decode()
    User.objects.filter(pk=noah.pk).update(is_active=False)
    assert log_in(client, EMAIL).status_code == 302
    assert Session.objects.get().user == mia


def test_a_username_goes_before_the_same_email_of_another_person(mia, noah, client):
    noah.set_password("a word of noah")
    noah.login_digest = digest_login(EMAIL)
    noah.save()
    assert log_in(client, EMAIL).status_code == 401
    assert log_in(client, EMAIL, "a word of noah").status_code == 302
    assert Session.objects.get().user == noah


def test_an_email_that_is_here_is_answered_and_counted_as_one_that_is_not(mia, client):
    seen = []
    for typed in (EMAIL, "no@school.example"):
        answers = [log_in(client, typed, "wrong") for _ in range(6)]
        statuses = [answer.status_code for answer in answers]
        page = answers[0].content.decode().partition("<main")[2].replace(typed, "typed")
        seen.append((statuses, re.sub(r'csrfmiddlewaretoken" value="\w+', "", page)))
    assert seen[0][0] == [401] * 5 + [429]
    assert seen[0] == seen[1]


def test_a_failed_try_by_email_is_recorded_of_the_person(mia, client):
    log_in(client, EMAIL, "wrong")
    assert leaves_about(mia.code).filter(verb="person.sign_in_failed").count() == 1


def test_a_browser_that_is_known_is_known_by_email_too(mia, client):
    log_in(client)
    client.post("/accounts/logout/")
    for number in range(throttle.LOGIN_TRIES):
        client_of(f"203.0.113.{number}")(EMAIL)
    assert client_of("203.0.113.250")(EMAIL).status_code == 429
    assert log_in(client, EMAIL).status_code == 302


@pytest.mark.parametrize("typed", ["mia", EMAIL, "nobody"])
def test_an_attempt_looks_a_person_up_once_and_not_during_a_wait(mia, client, typed):
    looks = []
    for _ in range(6):
        with CaptureQueriesContext(connection) as seen:
            log_in(client, typed, "wrong")
        looks.append(sum('"email_digest" = ' in query["sql"] for query in seen))
    assert looks == [1] * 5 + [0]


def client_of(network):
    """Return a stranger's browser in this network, which types a wrong password."""
    return lambda typed: Client(REMOTE_ADDR=network).post(
        PAGE, {"login": typed, "password": "wrong"}
    )


def test_signing_in_leaves_a_leaf(mia, client):
    log_in(client)
    assert Leaf.objects.filter(verb="person.sign_in").count() == 1


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/journey/?day=1", "/journey/?day=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http:///evil.example", "/"),
        ("/\\evil.example", "/"),
    ],
)
def test_the_way_back_stays_on_this_site(mia, client, wanted, reached):
    assert log_in(client, next=wanted)["Location"] == reached


@pytest.mark.parametrize(("login", "password"), [("mia", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_pair_gets_one_and_the_same_answer(mia, client, login, password):
    response = log_in(client, login, password)
    assert response.status_code == 401
    assert "The username or password is not correct" in response.content.decode()
    assert Session.objects.count() == 0


def test_an_empty_field_is_named_and_costs_no_try(client):
    response = log_in(client, "", "")
    assert response.status_code == 400
    for _ in range(6):
        log_in(client, "", "")
    assert log_in(client, "nobody").status_code == 401


def test_a_closed_account_is_a_wrong_pair(mia, client):
    mia.is_active = False
    mia.save(update_fields=["is_active"])
    assert log_in(client).status_code == 401


def test_the_sixth_try_waits_even_with_the_right_password(mia, client):
    for _ in range(5):
        log_in(client, password="wrong")
    response = log_in(client)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 900
    assert "Try again at" in response.content.decode()
    assert Session.objects.count() == 0


def test_a_stranger_costs_as_many_hashes_as_a_wrong_password(mia, monkeypatch):
    seen = []
    real = auth_backend.make_password
    monkeypatch.setattr(auth_backend, "make_password", lambda text: seen.append(1) or real(text))
    original = type(mia).check_password
    monkeypatch.setattr(
        type(mia), "check_password", lambda self, text: seen.append(1) or original(self, text)
    )
    for login in ("mia", EMAIL, "nobody", "no@school.example"):
        seen.clear()
        person = people.find_by_typed(login)
        assert auth_backend.DigestBackend().authenticate(None, "wrong", person) is None
        assert len(seen) == 1


def test_a_signed_in_person_is_redirected(mia, client_for):
    response = client_for(mia).get(PAGE, {"next": "/consents/"})
    assert response["Location"] == "/consents/"


def test_logging_out_ends_this_log_in_only(mia, client_for):
    here, there = client_for(mia), client_for(mia)
    assert here.post("/accounts/logout/")["Location"] == f"{PAGE}?out=1"
    assert Session.objects.count() == 1
    assert there.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    "headers", [{"X-Requested-With": "fetch"}, NAVIGATES], ids=["script", "tab"]
)
def test_logging_out_tells_the_browser_to_clear_what_it_holds(mia, client_for, headers):
    """Also after the session had ended: its end alone clears nothing."""
    client = client_for(mia)
    for _ in range(2):
        answer = client.post("/accounts/logout/", headers=headers)
        assert answer["Clear-Site-Data"] == '"cache", "storage"'
    ended = client.get("/", headers=headers), client.get("/accounts/session/", headers=headers)
    assert not [answer for answer in ended if "Clear-Site-Data" in answer]


def test_the_page_after_logging_out_says_what_still_works(mia, client_for, client):
    told = client_for(mia).post("/accounts/logout/", headers=NAVIGATES)
    html = client.get(told["Location"]).content.decode()
    assert "API tokens and device keys that you created still work" in html
    assert 'href="/accounts/security/"' in html
    assert "still work" not in client.get(PAGE).content.decode()
    security = client_for(mia).get("/accounts/security/").content.decode()
    assert 'href="/accounts/tokens/"' in security
    assert 'href="/consents/devices/"' in security


def test_the_page_after_logging_out_everywhere_does_not_say_that_tokens_work(
    mia, client_for, client
):
    browser = client_for(mia)
    security = browser.get("/accounts/security/").content.decode()
    assert '<input type="hidden" name="everywhere" value="1">' in security
    told = browser.post("/accounts/logout/", {"everywhere": "1"}, headers=NAVIGATES)
    html = client.get(told["Location"]).content.decode()
    assert "You are signed out." in html
    assert "still work" not in html


def test_logging_out_everywhere_ends_all(mia, client_for):
    client_for(mia)
    client_for(mia).post("/accounts/logout/", {"everywhere": "1"})
    assert Session.objects.count() == 0


def test_a_get_request_cannot_log_out(mia, client_for):
    assert client_for(mia).get("/accounts/logout/").status_code == 405
    assert Session.objects.count() == 1


def test_forms_of_other_sites_are_refused(mia):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    assert log_in(client).status_code == 403
