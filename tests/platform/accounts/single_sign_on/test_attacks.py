"""Attacks: a lying provider, a replaying network, a link that a stranger began. None signs in."""

from __future__ import annotations

import time

import pytest

from accounts.models import Session, SingleSignOnLink, User
from accounts.single_sign_on.oidc import provider_cache
from tests.fixtures.accounts import hostile_openid_provider, openid_provider
from tests.platform.accounts.single_sign_on.conftest import sentence

NOT_ACCEPTED = "sent a response that this site does not accept"


def sign_with_other_key(liar):
    liar.signs = hostile_openid_provider.other_key()


def leave_unsigned(liar):
    liar.algorithm = "none"


def sign_with_client_secret(liar):
    liar.algorithm, liar.signs = "HS256", hostile_openid_provider.shared_key(openid_provider.SECRET)


def sign_with_public_key(liar):
    liar.algorithm = "HS256 by hand"


def break_signature(liar):
    liar.raw_token = ".".join([*liar.token().split(".")[:2], "AAAA"])


def send_garbage(liar):
    liar.raw_token = "no token"


def claim(**claims):
    return lambda liar: liar.claims.update(claims)


LIES = {
    "wrong nonce": claim(nonce="another"),
    "no nonce": claim(nonce=None),
    "wrong issuer": claim(iss="https://evil.example"),
    "no issuer": claim(iss=None),
    "wrong audience": claim(aud="another client"),
    "no audience": claim(aud=None),
    "several audiences and no authorised party": claim(aud=[openid_provider.CLIENT, "other"]),
    "another authorised party": claim(azp="another client"),
    "expired": lambda liar: liar.claims.update(exp=int(time.time()) - 3600),
    "no end": claim(exp=None),
    "not yet made": lambda liar: liar.claims.update(iat=int(time.time()) + 3600),
    "another access token": claim(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "no subject": claim(sub=None),
    "a subject that is no text": claim(sub=7),
    "another key of that name": sign_with_other_key,
    "unsigned": leave_unsigned,
    "signed with the client's secret": sign_with_client_secret,
    "signed with the public key as a secret": sign_with_public_key,
    "a signature that is none": break_signature,
    "no token at all": send_garbage,
}


def test_an_honest_token_signs_in(tab):
    here = tab()
    answer = here.sign_in(next="/accounts/security/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/security/")
    assert here.signed_in
    assert "sso" not in here.client.cookies


def test_no_forged_token_signs_in(tab, liar):
    got_in = []
    for name, lie in LIES.items():
        before = vars(liar).copy()
        liar.claims = {}
        lie(liar)
        here = tab()
        answer = here.sign_in(code=name)
        if answer.status_code != 400 or NOT_ACCEPTED not in sentence(answer) or here.signed_in:
            got_in.append((name, answer.status_code, sentence(answer)[:80]))
        vars(liar).update(before)
    assert got_in == []
    assert (User.objects.count(), Session.objects.count()) == (0, 0)


def test_a_state_counts_once_even_with_a_fresh_code(tab):
    here = tab()
    told = here.begin()
    cookie = here.client.cookies.get("sso")
    assert here.back(told).status_code == 302
    here.post("/accounts/logout/")
    here.client.cookies.set("sso", cookie)
    answer = here.back(told, code="another code")
    assert answer.status_code == 400
    assert not here.signed_in


def test_a_code_counts_once(tab):
    assert tab().sign_in(code="once").status_code == 302
    again = tab()
    answer = again.sign_in(code="once")
    assert (answer.status_code, again.signed_in) == (400, False)


def test_a_link_begun_in_another_browser_is_refused(tab, liar):
    """A stranger makes a victim return with the stranger's own code."""
    mallory, victim = tab(), tab()
    told = mallory.begin()
    assert victim.back(told).status_code == 400
    victim.begin()
    asked = len(liar.asked)
    assert victim.back(told).status_code == 400
    assert not victim.signed_in
    assert len(liar.asked) == asked


def test_a_cookie_that_was_changed_counts_for_nothing(tab):
    here = tab()
    told = here.begin()
    cookie = here.client.cookies.get("sso")
    here.client.cookies.delete("sso")
    here.client.cookies.set("sso", cookie.swapcase())
    assert here.back(told).status_code == 400


def test_an_answer_that_names_another_issuer_is_refused(tab, liar):
    here = tab()
    asked = len(liar.asked)
    answer = here.back(here.begin(), iss="https://evil.example")
    assert NOT_ACCEPTED in sentence(answer)
    assert "/token" not in liar.asked[asked:]


def test_an_issuer_that_is_promised_and_missing_is_refused(tab, liar):
    liar.metadata = {"authorization_response_iss_parameter_supported": True}
    assert NOT_ACCEPTED in sentence(tab().sign_in())
    here = tab()
    assert here.back(here.begin(), iss=liar.issuer, code="two").status_code == 302


def test_a_person_who_declines_there_reads_that_nothing_happened(tab):
    here = tab()
    told = here.begin()
    answer = here.client.get(
        openid_provider.CALLBACK, params={"error": "access_denied", "state": told["state"]}
    )
    assert "Nothing was changed here" in sentence(answer)


def test_a_new_key_is_fetched_and_signs_in(tab, liar, monkeypatch):
    monkeypatch.setattr(provider_cache, "SELDOM_S", 0.0)
    assert tab().sign_in(code="old key").status_code == 302
    liar.rotate()
    assert tab().sign_in(code="new key").status_code == 302


def test_forged_keys_make_us_fetch_the_keys_once_a_minute(tab, liar):
    tab().sign_in(code="first")
    liar.header = {"kid": "unknown"}
    for number in range(3):
        assert tab().sign_in(code=f"forged {number}").status_code == 400
    assert liar.asked.count("/keys") == 1


def test_a_curve_of_the_list_counts(tab, liar):
    liar.signs, liar.algorithm = hostile_openid_provider.curve_key(), "ES256"
    liar.published = [liar.signs]
    assert tab().sign_in().status_code == 302


def test_a_redirect_of_the_provider_is_not_followed(tab, liar):
    liar.redirect = f"{liar.issuer}/elsewhere"
    assert tab().sign_in().status_code in (400, 503)
    assert "/elsewhere" not in liar.asked


def test_a_huge_answer_is_not_read(tab, liar):
    liar.padding = 10_000_000
    assert tab().sign_in().status_code == 503


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
    ids=["issuer", "in clear", "sign-in"],
)
def test_a_description_that_is_wrong_begins_nothing(tab, liar, wrong):
    liar.metadata = wrong
    answer = tab().post("/accounts/sso/northfield/")
    assert answer.status_code == 503
    assert "did not answer" in sentence(answer)


def test_another_person_in_the_second_answer_is_refused(tab, liar):
    liar.claims, liar.userinfo = {"name": None}, {"sub": "another subject"}
    assert NOT_ACCEPTED in sentence(tab().sign_in())
    assert SingleSignOnLink.objects.count() == 0


def test_the_log_repeats_no_words_of_the_provider(tab, liar, caplog):
    tab().sign_in(code="once")
    for error in ("Eve Example signed in twice", "invalid_grant"):
        liar.error = error
        assert tab().sign_in(code="once").status_code == 400
    told = [record.why for record in caplog.records if hasattr(record, "why")]
    assert told == ["refused", "invalid_grant"]


def test_an_access_token_of_half_a_minute_is_good(tab, liar):
    liar.claims, liar.answer = {"name": None}, {"expires_in": 30}
    assert tab().sign_in().status_code == 302


def test_the_way_back_stays_on_this_site(tab):
    assert tab().sign_in(next="https://evil.example/").headers["Location"] == "/"
