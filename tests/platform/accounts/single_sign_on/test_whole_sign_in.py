"""Single sign-on from the button to the page: factors, confirming, connecting, log-out."""

from __future__ import annotations

import time

import pytest
from django.utils import timezone

from accounts import people
from accounts.models import Session, SingleSignOnLink
from accounts.passwords import password_links
from accounts.single_sign_on.oidc import token_verification
from audit.models import Leaf
from tests.fixtures.accounts import openid_provider
from tests.fixtures.accounts.second_factor import with_factor
from tests.fixtures.users import PASSWORD, make
from tests.platform.accounts.single_sign_on.conftest import sentence

LOGIN = "/accounts/login/"


def log_in(tab, name="mia"):
    return tab.post(LOGIN, login=name, password=PASSWORD)


def connected(tab):
    """Return mia, who connected her account under Sign-in and security."""
    here = tab()
    assert log_in(here).headers["Location"] == "/"
    answer = here.back(here.begin(f"/accounts/sso/{openid_provider.KEY}/connect/"))
    assert answer.headers["Location"] == "/accounts/security/?done=connected"
    assert "connected since" in here.client.get("/accounts/security/").text
    return here


@pytest.fixture
def person(transactional_db, settings):
    settings.LEGAL_PROFILE = "demo"
    return make("mia", now=timezone.now())


def logout_token(liar, **more):
    """Return a log-out token of the provider; None leaves a claim out."""
    events = {token_verification.LOG_OUT: {}}
    claims = {"sub": "a subject", "jti": f"{time.time()}", "events": events, "nonce": None, **more}
    before, liar.claims = liar.claims, claims
    try:
        return liar.token()
    finally:
        liar.claims = before


def sent_out(tab, token):
    return tab.client.post(openid_provider.LOG_OUT, data={"logout_token": token}).status_code


def test_a_connected_account_opens_and_a_disconnected_one_does_not(person, tab, name_provider):
    name_provider(create_accounts=False)
    here = connected(tab)
    there = tab()
    assert there.sign_in(code="two").status_code == 302
    assert Session.objects.filter(user=person).count() == 2
    answer = here.post(f"/accounts/sso/{openid_provider.KEY}/disconnect/")
    assert answer.headers["Location"] == "/accounts/security/?done=disconnected"
    assert here.signed_in
    assert not there.signed_in
    assert "do not have an account here yet" in sentence(tab().sign_in(code="three"))


def test_our_own_second_factor_is_asked_unless_the_provider_saw_one(
    person, tab, name_provider, liar
):
    connected(tab)
    with_factor(person, now=timezone.now())
    here = tab()
    assert here.sign_in(code="two").headers["Location"].startswith("/accounts/factor/")
    assert not here.signed_in
    name_provider(second_factor_amr=("mfa",), second_factor_acr=("urn:mfa",))
    for number, said in enumerate([{"amr": ["pwd", "mfa"]}, {"acr": "urn:mfa"}]):
        liar.claims = said
        there = tab()
        assert there.sign_in(code=f"strong {number}").headers["Location"] == "/"
        assert there.signed_in
    liar.claims = {"amr": ["pwd"], "acr": "0"}
    assert tab().sign_in(code="weak").headers["Location"] != "/"


def test_a_sign_in_there_long_ago_confirms_nothing_here(person, tab, liar):
    connected(tab)
    liar.claims = {"auth_time": int(time.time()) - 3600}
    here = tab()
    assert here.sign_in(code="two").status_code == 302
    page = here.client.get("/accounts/tokens/")
    assert page.status_code == 200
    answer = here.post("/accounts/tokens/", name="x", scope="read", days="1")
    assert answer.status_code == 403


def test_a_sign_in_there_of_another_day_is_refused(person, tab, liar):
    """The request told the provider how old a sign-in may be."""
    connected(tab)
    liar.claims = {"auth_time": int(time.time()) - token_verification.LONGEST_SESSION_S - 120}
    here = tab()
    assert here.sign_in(code="two").status_code == 400
    assert not here.signed_in


def without_password(person, tab):
    """Return a browser of the person, who can sign in only through the provider."""
    connected(tab)
    people.User.objects.filter(pk=person.pk).update(password="!")
    here = tab()
    assert here.sign_in(code="two").status_code == 302
    Session.objects.update(confirmed_at=None)
    return here


def test_a_provider_without_a_time_is_no_button_but_a_way_out(person, tab, settings, liar):
    here = without_password(person, tab)
    page = here.client.get("/accounts/confirm/").text
    assert "Continue with Northfield account" not in page
    assert 'name="proof"' not in page
    assert "Ask a data steward for a link" in page
    settings.EMAIL_HOST = "127.0.0.1"
    assert (
        'Request a link under <a href="/accounts/forgotten/">'
        in here.client.get("/accounts/confirm/").text
    )


def test_without_passwords_a_steward_knows_what_to_do(person, tab, name_provider, settings):
    here = without_password(person, tab)
    name_provider(by_password=False)
    settings.EMAIL_HOST = "127.0.0.1"
    page = here.client.get("/accounts/confirm/").text
    assert "Ask a data steward what to do" in page
    assert "/accounts/forgotten/" not in page


def test_a_provider_that_no_longer_says_when_is_no_button_any_more(person, tab, liar):
    liar.claims = {"auth_time": int(time.time())}
    here = without_password(person, tab)
    assert "Continue with Northfield account" in here.client.get("/accounts/confirm/").text
    liar.claims = {}
    told = here.begin(f"/accounts/sso/{openid_provider.KEY}/confirm/")
    assert here.back(told, code="no time").status_code == 403
    assert "Continue with Northfield account" not in here.client.get("/accounts/confirm/").text
    liar.claims = {"auth_time": int(time.time())}
    assert here.sign_in(code="four").status_code == 302
    assert SingleSignOnLink.objects.get().tells_time


def test_the_provider_confirms_where_it_asks_afresh(person, tab, liar):
    liar.claims = {"auth_time": int(time.time())}
    here = connected(tab)
    Session.objects.update(confirmed_at=None)
    assert "Continue with Northfield account" in here.client.get("/accounts/confirm/").text
    where = f"/accounts/sso/{openid_provider.KEY}/confirm/"
    told = here.begin(where, next="/accounts/password/")
    assert (told["prompt"], told["max_age"]) == ("login", "600")
    liar.claims = {"auth_time": int(time.time()) - 3600}
    assert here.back(told, code="old").status_code == 403
    liar.claims = {}
    told = here.begin(where, next="/accounts/password/")
    assert here.back(told, code="no time").status_code == 403
    assert Session.objects.get(user=person).confirmed_at is None
    liar.claims = {"auth_time": int(time.time())}
    told = here.begin(where, next="/accounts/password/")
    assert here.back(told, code="new").headers["Location"] == "/accounts/password/"
    assert here.client.get("/accounts/password/").status_code == 200


def test_another_person_there_confirms_nothing(person, tab, liar):
    here = connected(tab)
    liar.claims = {"sub": "somebody else"}
    told = here.begin(f"/accounts/sso/{openid_provider.KEY}/confirm/")
    assert "another person" in sentence(here.back(told, code="two"))


def test_signing_out_there_signs_out_here_once(person, tab, liar):
    here = connected(tab)
    token = logout_token(liar)
    assert here.signed_in
    assert sent_out(tab(), token) == 200
    assert not here.signed_in
    assert Leaf.objects.filter(verb="person.sign_out").count() == 1
    log_in(here)
    assert sent_out(tab(), token) == 400
    assert here.signed_in


def test_a_log_out_of_one_sign_in_ends_that_and_no_other(person, tab, liar):
    """Also if it is not the newest, or the second factor came after it."""
    by_password = connected(tab)
    codes = with_factor(person, now=timezone.now())
    Session.objects.update(factor_at=timezone.now())
    here, there = tab(), tab()
    for each, sid in ((here, "first"), (there, "second")):
        liar.claims = {"sid": sid}
        each.sign_in(code=sid)
        each.post("/accounts/factor/", proof=codes.pop())
        assert each.signed_in
    assert sent_out(tab(), logout_token(liar, sub=None, sid="first")) == 200
    assert (here.signed_in, there.signed_in, by_password.signed_in) == (False, True, True)


def test_a_log_out_may_name_the_sign_in_alone(person, tab, liar):
    connected(tab)
    liar.claims = {"sid": "their session"}
    here = tab()
    here.sign_in(code="two")
    assert sent_out(tab(), logout_token(liar, sub=None, sid="another session")) == 200
    assert here.signed_in
    assert sent_out(tab(), logout_token(liar, sub=None, sid="their session")) == 200
    assert not here.signed_in


WRONG_LOG_OUTS = {
    "an ID token": {"events": None, "nonce": "x"},
    "with a nonce": {"nonce": "x"},
    "another audience": {"aud": "another client"},
    "another issuer": {"iss": "https://evil.example"},
    "expired": {"exp": 1},
    "no event": {"events": {"x": {}}},
    "no number": {"jti": None},
    "made long ago": {"iat": 1_600_000_000},
    "nobody": {"sub": None},
}


def test_no_other_token_ends_a_session(person, tab, liar):
    here, server = connected(tab), tab()
    wrong = [
        n
        for n, more in WRONG_LOG_OUTS.items()
        if sent_out(server, logout_token(liar, **more)) != 400
    ]
    liar.algorithm = "none"
    assert sent_out(server, logout_token(liar)) == 400
    assert sent_out(server, "") == 400
    assert wrong == []
    assert here.signed_in


def test_without_passwords_only_a_steward_still_has_one(person, tab, name_provider):
    make("amir", now=timezone.now())
    here = connected(tab)
    name_provider(by_password=False)
    assert log_in(tab()).status_code == 401
    assert log_in(tab(), "amir").headers["Location"] == "/"
    page = tab().client.get(LOGIN).text
    assert "Sign in as a data steward" in page
    assert "Forgotten your password?" not in page
    assert "Change password" not in here.client.get("/accounts/security/").text
    assert tab().sign_in(code="two").status_code == 302
    with pytest.raises(ValueError, match="only data stewards have passwords"):
        password_links.make_link(person, by=None, now=timezone.now())


def test_a_link_made_before_opens_nothing_once_passwords_are_off(person, settings, name_provider):
    now = timezone.now()
    key = password_links.make_link(person, by=None, now=now).partition("key=")[2]
    name_provider(by_password=False)
    assert password_links.load_person(key, now=now) is None
    assert password_links.use_link(key, "a new battery staple", now=now) is None


def test_an_account_without_a_password_cannot_lose_its_only_way_in(person, tab):
    here = connected(tab)
    people.User.objects.filter(pk=person.pk).update(password="!")
    fresh = tab()
    fresh.sign_in(code="two")
    Session.objects.update(confirmed_at=timezone.now())
    answer = fresh.post(f"/accounts/sso/{openid_provider.KEY}/disconnect/")
    assert "only way to sign in" in sentence(answer)
    assert SingleSignOnLink.objects.count() == 1
    assert here is not fresh


def test_an_unknown_provider_is_a_404(person, tab):
    assert tab().post("/accounts/sso/evil/").status_code == 404


def test_what_the_second_answer_verifies_is_no_other_address(person, tab, name_provider, liar):
    """The first answer names mia's address and does not say that it was verified."""
    name_provider(link_by_email=True)
    liar.claims = {"name": None, "email": "mia@school.example", "email_verified": None}
    liar.userinfo = {"name": "Eve", "email": "eve@northfield.example", "email_verified": True}
    assert tab().sign_in().status_code == 302
    assert SingleSignOnLink.objects.get().person != person


def test_what_the_first_answer_verifies_is_no_address_of_the_second(
    person, tab, name_provider, liar
):
    name_provider(link_by_email=True)
    liar.claims = {"name": None, "email": None, "email_verified": True}
    liar.userinfo = {"name": "Eve", "email": "mia@school.example"}
    assert tab().sign_in().status_code == 302
    assert SingleSignOnLink.objects.get().person != person


def test_the_second_answer_is_unsigned_and_says_nothing_of_the_sign_in(
    person, tab, name_provider, liar
):
    here = connected(tab)
    with_factor(person, now=timezone.now())
    Session.objects.update(factor_at=timezone.now(), confirmed_at=None)
    name_provider(second_factor_amr=("mfa",))
    liar.claims = {"name": None, "amr": None}
    liar.userinfo = {"amr": ["mfa"], "auth_time": int(time.time()), "sid": "x"}
    assert tab().sign_in(code="two").headers["Location"].startswith("/accounts/factor/")
    assert not Session.objects.exclude(sso_digest=None).exists()
    told = here.begin(f"/accounts/sso/{openid_provider.KEY}/confirm/")
    assert here.back(told, code="three").status_code == 403


def test_after_a_log_out_the_provider_asks_who_it_is(person, tab, liar):
    here = tab()
    assert "afresh" not in here.client.get(LOGIN).text
    assert 'name="afresh" value="1"' in here.client.get(f"{LOGIN}?out=1").text
    assert "prompt" not in here.begin()
    told = here.begin(afresh="1")
    assert told["prompt"] == "login"
    assert here.back(told).status_code == 302


def test_roles_may_come_with_the_second_answer(transactional_db, tab, name_provider, liar):
    name_provider(roles_claim="groups", roles={"staff": "teacher"})
    liar.userinfo = {"groups": ["staff"]}
    assert tab().sign_in().status_code == 302
    assert SingleSignOnLink.objects.get().person.roles == ["teacher"]
