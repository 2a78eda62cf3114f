"""Confirming one's identity: what requires it, for how long it counts, and one's own sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.access import RECENT, require_recent
from accounts.models import Session, User
from audit.queries import leaves_about
from tests.fixtures.accounts.second_factor import app_of, with_factor
from tests.fixtures.users import PASSWORD

pytestmark = pytest.mark.django_db
CONFIRM, SECURITY, NEW = "/accounts/confirm/", "/accounts/security/", "/accounts/password/"
AGO = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.LEGAL_PROFILE = "demo"


def confirmed(person, **ago):
    at = timezone.now() - timedelta(**ago) if ago else None
    Session.objects.filter(user=person).update(confirmed_at=at)


@pytest.fixture
def steward(amir, client_for):
    return client_for(amir)


# --- the guard ---


def test_a_log_in_counts_for_ten_minutes(steward, amir, mia):
    page = f"/steward/people/{mia.code}/"
    confirmed(amir, minutes=9)
    assert steward.get(page).status_code == 200
    confirmed(amir, minutes=10, seconds=1)
    response = steward.get(page + "?a=1")
    assert response["Location"] == f"{CONFIRM}?next=%2Fsteward%2Fpeople%2F{mia.code}%2F%3Fa%3D1"
    assert leaves_about(mia.code).filter(verb="steward.view").count() == 1


def test_a_form_opened_at_the_last_moment_can_still_be_sent(steward, amir, mia):
    path = f"/steward/people/{mia.code}/erase/"
    confirmed(amir, minutes=14)
    assert steward.post(path, {"word": "no"}).status_code == 422
    confirmed(amir, minutes=15, seconds=1)
    here = f"http://testserver/steward/people/{mia.code}/"
    response = steward.post(path, {"word": "erase"}, headers={"Referer": here})
    assert response.status_code == 403
    html = response.content.decode()
    assert "Nothing has been done yet" in html
    assert f"{CONFIRM}?next=%2Fsteward%2Fpeople%2F{mia.code}%2F" in html
    assert User.objects.filter(code=mia.code).exists()


def test_the_way_back_of_a_refused_form_stays_on_this_site(steward, amir, mia):
    confirmed(amir, hours=1)
    path = f"/steward/people/{mia.code}/erase/"
    for referer in ("https://evil.example/x", "//evil.example", ""):
        html = steward.post(path, HTTP_REFERER=referer).content.decode()
        assert f'href="{CONFIRM}?next=%2F"' in html


def test_a_session_without_a_confirmation_time_is_not_recent(steward, amir, mia):
    confirmed(amir)
    assert steward.get(f"/steward/people/{mia.code}/").status_code == 302


def test_a_stranger_still_learns_nothing(client_for, ines, mia):
    client = client_for(ines)
    confirmed(ines, hours=1)
    assert client.get(f"/steward/people/{mia.code}/").status_code == 404


def test_a_fragment_gets_a_refusal_not_another_page(steward, amir, mia):
    confirmed(amir, hours=1)
    response = steward.get(f"/steward/people/{mia.code}/", headers={"HX-Request": "true"})
    assert response.status_code == 403


def test_a_visitor_is_sent_to_the_log_in(rf):
    request = rf.get("/secret/")
    request.user = AnonymousUser()
    answer = require_recent(lambda _: HttpResponse("in"))(request)
    assert answer["Location"] == "/accounts/login/?next=%2Fsecret%2F"


def test_a_request_without_a_session_is_not_recent(rf, mia):
    request = rf.get("/secret/")
    request.user = mia
    assert require_recent(lambda _: HttpResponse("in"))(request).status_code == 302


# --- the page ---


def test_the_password_confirms_and_leads_on(steward, amir, mia):
    page = f"/steward/people/{mia.code}/"
    confirmed(amir, hours=1)
    assert 'autocomplete="current-password"' in steward.get(CONFIRM).content.decode()
    assert steward.post(CONFIRM, {"proof": PASSWORD, "next": page})["Location"] == page
    assert steward.get(page).status_code == 200


def test_a_wrong_password_confirms_nothing_and_five_have_to_wait(steward, amir, mia):
    confirmed(amir, hours=1)
    for _ in range(5):
        response = steward.post(CONFIRM, {"proof": "wrong"})
        assert response.status_code == 401
        assert "Check it and try again" in response.content.decode()
    assert steward.post(CONFIRM, {"proof": PASSWORD}).status_code == 429
    assert steward.get(f"/steward/people/{mia.code}/").status_code == 302


def test_a_person_with_a_factor_confirms_by_code(amir, client_for):
    with_factor(amir, now=timezone.now() - AGO)
    client = client_for(amir)
    assert 'autocomplete="one-time-code"' in client.get(CONFIRM).content.decode()
    assert client.post(CONFIRM, {"proof": PASSWORD}).status_code == 401
    assert client.post(CONFIRM, {"proof": app_of(amir).now()}).status_code == 302


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_it_redirects_only_within_this_site(steward, wanted):
    assert steward.post(CONFIRM, {"proof": PASSWORD, "next": wanted})["Location"] == "/"


def test_confirming_keeps_the_log_in_and_its_factor(amir, client_for):
    with_factor(amir, now=timezone.now() - AGO)
    client = client_for(amir)
    before = Session.objects.get()
    confirmed(amir, hours=1)
    client.post(CONFIRM, {"proof": app_of(amir).now()})
    after = Session.objects.get()
    assert (after.pk, after.factor_at) == (before.pk, before.factor_at)
    assert after.confirmed_at > timezone.now() - RECENT


# --- one's own sign-ins ---


def test_the_page_tells_this_log_in_from_the_others_and_no_more(mia, client_for):
    here, _there = client_for(mia), client_for(mia)
    html = here.get(SECURITY).content.decode()
    assert html.count("<td>this browser</td>") == 1
    assert html.count("elsewhere") == 1
    assert "127.0.0.1" not in html


def test_the_menu_of_every_page_leads_there(mia, client_for):
    assert f'href="{SECURITY}"' in client_for(mia).get("/my-data/").content.decode()


def test_the_others_can_be_ended_and_this_one_stays(mia, ines, client_for):
    here, there, other = client_for(mia), client_for(mia), client_for(ines)
    page = here.post(f"{SECURITY}others/", follow=True)
    assert (
        "You were signed out everywhere else, and your API tokens and device keys were revoked"
        in page.content.decode()
    )
    assert there.get(SECURITY).status_code == 302
    assert other.get(SECURITY).status_code == 200
    assert leaves_about(mia.code).get(verb="person.sign_out").public == "log_ins=1"


def test_a_get_request_ends_no_session(mia, client_for):
    client = client_for(mia)
    for path in (f"{SECURITY}others/", "/accounts/factor/remove/", "/accounts/factor/codes/"):
        assert client.get(path).status_code == 405


def test_only_our_own_words_can_be_put_on_the_page(mia, client_for):
    html = client_for(mia).get(SECURITY, {"done": "Call five now"}).content.decode()
    assert "Call five" not in html


# --- a new password ---


def change(client, old=PASSWORD, new="a staple in a battery", again=None, **more):
    return client.post(NEW, {"old": old, "new": new, "again": again or new}, **more)


def test_a_new_password_ends_the_others_and_keeps_this_log_in_under_a_new_key(mia, client_for):
    with_factor(mia, now=timezone.now() - AGO)
    here, there = client_for(mia), client_for(mia)
    before = here.cookies["sessionid"].value
    page = change(here, new="a staple in it", follow=True)
    assert "Your password was changed" in page.content.decode()
    assert here.cookies["sessionid"].value != before
    assert there.get(SECURITY).status_code == 302
    assert User.objects.get(pk=mia.pk).check_password("a staple in it")
    assert leaves_about(mia.code).filter(verb="person.password").count() == 1


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("short", "short", "too short"),
        ("password1", "password1", "too common"),
        ("59340285023", "59340285023", "entirely numeric"),
        ("a staple in it", "a staple in one", "do not match"),
        ("", "", "required"),
    ],
)
def test_a_weak_or_mistyped_password_is_refused_and_says_why(mia, client_for, new, again, said):
    response = change(client_for(mia), new=new, again=again)
    assert response.status_code == 400
    assert said in response.content.decode()
    assert User.objects.get(pk=mia.pk).check_password(PASSWORD)


def test_the_old_password_is_needed_and_guessing_it_has_to_wait(mia, client_for):
    client = client_for(mia)
    for _ in range(5):
        assert change(client, old="wrong").status_code == 401
    assert change(client).status_code == 429
    assert mia.sessions.count() == 1


# --- a lost factor ---


@pytest.fixture
def lost(ines):
    with_factor(ines, now=timezone.now() - AGO)
    return f"/steward/people/{ines.code}/factor/"


def test_a_steward_takes_off_a_lost_factor_and_both_are_named(lost, steward, ines, amir):
    assert "Have you checked who is asking?" in steward.get(lost).content.decode()
    assert steward.post(lost)["Location"] == f"/steward/people/{ines.code}/"
    assert leaves_about(ines.code).get(verb="person.factor_remove").public == "by=steward"
    assert "does not use two-step verification" in steward.post(lost).content.decode()


def test_a_steward_cannot_remove_their_own_factor_there(steward, amir):
    with_factor(amir, now=timezone.now() - AGO)
    Session.objects.update(factor_at=timezone.now())
    response = steward.post(f"/steward/people/{amir.code}/factor/")
    assert response.status_code == 422
    assert app_of(amir)


def test_removing_a_factor_requires_a_recent_confirmation(lost, steward, amir, ines):
    confirmed(amir, hours=1)
    assert steward.get(lost).status_code == 302
    assert steward.post(lost).status_code == 403
    assert app_of(ines)


@pytest.mark.parametrize("who", ["mia", "greta", "ravi", "mallory"])
def test_only_stewards_see_the_removal_page(request, lost, client_for, ines, who):
    client = client_for(request.getfixturevalue(who))
    assert client.get(lost).status_code == 404
    assert client.post(lost).status_code == 404
    assert app_of(ines)


# --- a browser that is known ---


def wrong_from_everywhere(times=20):
    for number in range(times):
        Client(REMOTE_ADDR=f"203.0.113.{number}").post(
            "/accounts/login/", {"login": "mia", "password": "wrong"}
        )


def sign_in(client, **more):
    return client.post("/accounts/login/", {"login": "mia", "password": PASSWORD}, **more)


def test_strangers_cannot_lock_a_person_out_of_their_own_browser(mia):
    own = Client()
    assert sign_in(own).status_code == 302
    own.post("/accounts/logout/")
    wrong_from_everywhere()
    assert sign_in(Client()).status_code == 429, "a stranger's browser waits"
    assert sign_in(own).status_code == 302


def test_the_cookie_of_a_known_browser_helps_its_own_person_only_and_cannot_be_made(mia, noah):
    noahs = Client()
    noahs.post("/accounts/login/", {"login": "noah", "password": PASSWORD})
    noahs.post("/accounts/logout/")
    wrong_from_everywhere()
    assert sign_in(noahs).status_code == 429
    forged = Client()
    forged.cookies["known"] = noahs.cookies["known"].value.replace("a", "b")
    assert sign_in(forged).status_code == 429


def test_the_cookie_names_no_person_and_is_httponly(mia):
    client = Client()
    cookie = sign_in(client).cookies["known"]
    assert mia.login_digest not in cookie.value
    assert str(mia.code) not in cookie.value
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_no_cookie_is_given_before_the_second_step(mia):
    with_factor(mia, now=timezone.now() - AGO)
    client = Client()
    sign_in(client)
    assert "known" not in client.cookies
    client.post("/accounts/factor/", {"proof": app_of(mia).now()})
    assert "known" in client.cookies
