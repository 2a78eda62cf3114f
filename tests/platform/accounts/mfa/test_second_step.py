"""Signing in with two steps, setting up the second factor, and losing it, through the pages."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from accounts.mfa import second_factor
from accounts.models import Session
from audit.queries import leaves_about
from tests.fixtures.accounts.second_factor import app_of, with_factor
from tests.fixtures.users import NAVIGATES, PASSWORD

pytestmark = pytest.mark.django_db
LOGIN, FACTOR, ADD = "/accounts/login/", "/accounts/factor/", "/accounts/factor/add/"
AGO = timedelta(hours=1)


@pytest.fixture
def strict(settings):
    settings.LEGAL_PROFILE = "eu_education"


def password(client, login, **more):
    return client.post(LOGIN, {"login": login, "password": PASSWORD, **more})


def code(person) -> str:
    return app_of(person).now()


def key_of(client) -> str:
    return client.cookies["sessionid"].value


def signed_in(client) -> bool:
    return client.get("/accounts/security/").status_code == 200


def goes_to(response) -> tuple[str, str]:
    parts = urlsplit(response["Location"])
    return parts.path, parse_qs(parts.query).get("next", [""])[0]


# --- the sign-in ---


def test_the_password_alone_leads_to_the_code_and_opens_nothing(strict, ines, client):
    with_factor(ines, now=timezone.now() - AGO)
    response = password(client, "ines", next="/teach/algebra/")
    assert goes_to(response) == (FACTOR, "/teach/algebra/")
    for path in ("/", "/teach/algebra/", "/my-data/", "/accounts/security/", "/accounts/confirm/"):
        assert goes_to(client.get(path)) == (FACTOR, path), path
    assert client.post("/api/v1/sittings/", {}, "application/json").status_code == 401
    assert client.get(FACTOR).status_code == 200
    assert leaves_about(ines.code).filter(verb="person.sign_in").count() == 0


def test_the_code_opens_the_page_asked_for_under_a_new_key(strict, ines, client):
    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    before = key_of(client)
    response = client.post(FACTOR, {"proof": code(ines), "next": "/my-data/"})
    assert response["Location"] == "/my-data/"
    assert key_of(client) != before
    assert not Session.objects.filter(factor_at=None).exists(), "the row that waited is gone"
    assert leaves_about(ines.code).filter(verb="person.sign_in").count() == 1
    assert client.get("/my-data/").status_code == 200


def test_a_wrong_code_says_what_to_do_and_leaves_a_leaf(strict, ines, client):
    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    response = client.post(FACTOR, {"proof": "12345"})
    assert response.status_code == 401
    assert "Wait for the next one" in response.content.decode()
    assert leaves_about(ines.code).filter(verb="person.factor_failed").count() == 1
    assert not signed_in(client)


def test_five_wrong_codes_and_then_even_the_right_one_waits(strict, ines, client):
    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    for _ in range(5):
        assert client.post(FACTOR, {"proof": "12345"}).status_code == 401
    response = client.post(FACTOR, {"proof": code(ines)})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    again = Client()
    password(again, "ines")
    assert again.post(FACTOR, {"proof": code(ines)}).status_code == 429, "nor in another browser"


def test_a_recovery_code_does_it_as_well(strict, ines, client):
    codes = with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    assert client.post(FACTOR, {"proof": codes[3].upper()})["Location"] == "/"
    assert "9 recovery codes left" in client.get("/accounts/security/").content.decode()


def test_a_person_may_stop_between_the_steps(strict, ines, client):
    with_factor(ines, now=timezone.now() - AGO)
    for headers, where in ((NAVIGATES, f"{LOGIN}?out=1"), ({"X-Requested-With": "fetch"}, "")):
        password(client, "ines")
        assert "data-sign-out" in client.get(FACTOR).content.decode()
        told = client.post("/accounts/logout/", headers=headers)
        assert told.get("Location", "") == where
        assert told.status_code == (302 if where else 204)
        assert told["Clear-Site-Data"]
        assert Session.objects.count() == 0
        assert client.get(FACTOR)["Location"].startswith(LOGIN)


def test_a_waiting_log_in_ends_with_the_password(strict, ines, client):
    from django.contrib.auth.hashers import make_password

    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    ines.password = make_password("another one")
    ines.save(update_fields=["password"])
    assert client.get(FACTOR)["Location"].startswith(LOGIN)


def test_a_waiting_log_in_lasts_a_quarter_of_an_hour(strict, ines, client):
    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    Session.objects.update(began_at=timezone.now() - timedelta(minutes=15))
    assert client.get(FACTOR)["Location"].startswith(LOGIN)


def test_another_person_may_log_in_over_a_waiting_log_in(strict, ines, mia, client):
    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    assert password(client, "mia")["Location"] == "/"
    assert Session.objects.get().user == mia


@pytest.mark.django_db(transaction=True)
def test_a_socket_is_anonymous_before_the_second_step(strict, ines, client):
    from asgiref.sync import async_to_sync
    from channels.auth import get_user
    from django.contrib.auth.models import AnonymousUser

    from accounts.sessions.session_store import SessionStore

    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    found = async_to_sync(get_user)({"session": SessionStore(key_of(client))})
    assert isinstance(found, AnonymousUser)
    client.post(FACTOR, {"proof": code(ines)})
    assert async_to_sync(get_user)({"session": SessionStore(key_of(client))}) == ines


# --- setting it up ---


def begin(client) -> str:
    assert client.post(ADD, {"begin": "1"}).status_code == 302
    html = client.get(ADD).content.decode()
    return re.search(r'key-text">([A-Z2-7 ]+)<', html)[1].replace(" ", "")


def test_a_role_that_needs_a_factor_is_led_only_to_its_set_up(strict, ines, client):
    assert goes_to(password(client, "ines", next="/my-data/")) == (FACTOR, "/my-data/")
    assert goes_to(client.get(FACTOR + "?next=/my-data/")) == (ADD, "/my-data/")
    assert "more than a password" in client.get(ADD).content.decode()
    assert goes_to(client.get("/my-data/"))[0] == FACTOR
    before = key_of(client)
    secret = begin(client)
    response = client.post(ADD, {"proof": pyotp.TOTP(secret).now(), "next": "/my-data/"})
    html = response.content.decode()
    assert len(re.findall(r"<code>[a-z0-9]{5}-[a-z0-9]{5}</code>", html)) == 10
    assert 'href="/my-data/"' in html
    assert key_of(client) != before
    assert client.get("/my-data/").status_code == 200
    assert leaves_about(ines.code).filter(verb="person.sign_in").count() == 1


def test_the_picture_carries_the_key_and_the_page_no_name(strict, ines, client):
    password(client, "ines")
    secret = begin(client)
    page = client.get(ADD)
    html = page.content.decode()
    assert 'src="data:image/svg+xml' in html
    assert f"secret={secret}" in html
    assert "ines" not in html
    assert "no-store" in page["Cache-Control"]


def test_a_wrong_first_code_keeps_the_key_and_says_what_to_do(strict, ines, client):
    password(client, "ines")
    secret = begin(client)
    response = client.post(ADD, {"proof": "000000"})
    assert response.status_code == 401
    assert secret in response.content.decode().replace(" ", "")
    assert second_factor.find_factor(ines) is None


def test_the_set_up_is_no_way_around_a_factor_that_is_there(strict, ines, client):
    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    assert client.get(ADD)["Location"] == FACTOR
    assert client.post(ADD, {"begin": "1"})["Location"] == FACTOR
    for path in ("remove", "codes"):
        assert goes_to(client.post(f"/accounts/factor/{path}/"))[0] == FACTOR
    assert app_of(ines)


def test_under_demo_a_person_may_add_one_and_is_asked_from_then_on(settings, mia, client):
    settings.LEGAL_PROFILE = "demo"
    password(client, "mia")
    secret = begin(client)
    assert client.post(ADD, {"proof": pyotp.TOTP(secret).now()}).status_code == 200
    assert client.get("/my-data/").status_code == 200
    other = Client()
    assert goes_to(password(other, "mia"))[0] == FACTOR


def test_taking_it_off_is_the_persons_own_choice_under_demo(settings, mia, client_for, now):
    settings.LEGAL_PROFILE = "demo"
    with_factor(mia, now=now)
    client = client_for(mia)
    assert client.post("/accounts/factor/remove/")["Location"] == "/accounts/security/"
    assert second_factor.find_factor(mia) is None
    assert client.get("/my-data/").status_code == 200
    assert leaves_about(mia.code).get(verb="person.factor_remove").public == "by=self"


def test_a_required_factor_can_move_to_a_new_app(strict, ines, client_for, now):
    with_factor(ines, now=now)
    client = client_for(ines)
    response = client.post("/accounts/factor/remove/")
    assert response["Location"] == ADD
    assert goes_to(client.get("/my-data/"))[0] == FACTOR
    assert client.get(ADD).status_code == 200


def test_new_recovery_codes_are_shown_once(settings, mia, client_for, now):
    settings.LEGAL_PROFILE = "demo"
    with_factor(mia, now=now)
    client = client_for(mia)
    page = client.post("/accounts/factor/codes/")
    (first, *_) = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page.content.decode())
    assert first not in client.get("/accounts/security/").content.decode()
    assert second_factor.check_code(mia, first, now=timezone.now())


def test_without_a_factor_there_are_no_codes_to_make(settings, mia, client_for):
    settings.LEGAL_PROFILE = "demo"
    assert client_for(mia).post("/accounts/factor/codes/")["Location"] == "/accounts/security/"
    assert mia.recovery_codes.count() == 0


# --- everybody, with and without, under each kind of profile ---

ROLES = {"mia": False, "greta": True, "ines": True, "amir": True, "ravi": True}


@pytest.mark.parametrize("profile", ["demo", "eu_education", None])
@pytest.mark.parametrize("has", [False, True], ids=["without", "with"])
@pytest.mark.parametrize("name", ROLES)
def test_role_factor_and_profile_decide_what_the_password_opens(
    request, settings, client, profile, has, name
):
    person = request.getfixturevalue(name)
    settings.LEGAL_PROFILE = profile
    if has:
        with_factor(person, now=timezone.now() - AGO)
    must = ROLES[name] and profile != "demo"

    path, _ = goes_to(password(client, name))

    assert path == (FACTOR if has or must else "/")
    assert signed_in(client) is not (has or must)
    if has or must:
        asked = client.get(FACTOR)
        assert (asked.status_code == 200) is has
        assert asked.status_code == 200 or goes_to(asked)[0] == ADD
    if has:
        assert client.post(FACTOR, {"proof": code(person)})["Location"] == "/"
        assert signed_in(client)


FORMS = ("login", "logout", "factor", "factor/add", "factor/remove", "factor/codes", "confirm",
         "password", "security/others")  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_other_sites_are_refused(settings, mia, form, now):
    settings.LEGAL_PROFILE = "demo"
    client = Client(enforce_csrf_checks=True)
    client.force_login(mia)
    assert client.post(f"/accounts/{form}/", {"proof": PASSWORD}).status_code == 403
    assert mia.sessions.count() == 1


ELSEWHERE = ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example",
             "http:///evil.example", "\thttps://evil.example", "///evil.example")  # fmt: skip


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_step_leads_off_this_site(strict, ines, client, wanted):
    with_factor(ines, now=timezone.now() - AGO)
    assert urlsplit(password(client, "ines", next=wanted)["Location"]).path == FACTOR
    assert client.post(FACTOR, {"proof": code(ines), "next": wanted})["Location"] == "/"
    recovery = second_factor.replace_recovery_codes(ines, now=timezone.now())[0]
    answer = client.post("/accounts/confirm/", {"proof": recovery, "next": wanted})
    assert answer["Location"] == "/"
    page = client.post("/accounts/factor/codes/", {"next": wanted}).content.decode()
    assert "evil" not in page
    assert "javascript" not in page.partition('class="codes"')[2]


def test_each_field_says_what_it_is_for(strict, ines, mia, client, client_for):
    assert 'autocomplete="current-password"' in client.get(LOGIN).content.decode()
    new = client_for(mia).get("/accounts/password/").content.decode()
    assert new.count('autocomplete="new-password"') == 2
    with_factor(ines, now=timezone.now() - AGO)
    password(client, "ines")
    page = client.get(FACTOR).content.decode()
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


def test_codes_and_passwords_are_kept_out_of_error_reports(settings, ines, client, rf):
    from django.views.debug import SafeExceptionReporterFilter

    from accounts.mfa import views as mfa_views
    from accounts.sessions import security_views
    from accounts.sign_in import views

    for view in (views.LogIn.as_view(), views.Factor.as_view(), security_views.Confirm.as_view(),
                 security_views.Password.as_view(), mfa_views.add):  # fmt: skip
        request = rf.post("/", {"proof": "123456", "old": "a", "login": "mia"})
        request.user, request.session = ines, client.session
        view(request)
        shown = SafeExceptionReporterFilter().get_post_parameters(request)
        assert set(shown.values()) <= {SafeExceptionReporterFilter.cleansed_substitute}
