"""API tokens: shown once, stored as a digest, valid only for the chosen scope and time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_tokens import api_tokens
from accounts.models import ApiToken
from audit.models import Leaf
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
COURSES = "/api/v1/courses/"


def asked(text, method="get", path=COURSES):
    said = {"data": "{}", "content_type": "application/json"} if method == "post" else {}
    return getattr(Client(), method)(path, headers={"authorization": f"Bearer {text}"}, **said)


def made(person, may="read", days=7, name="my phone"):
    return api_tokens.make_token(person, name, may, days, now=timezone.now())


def test_a_token_gives_its_owners_access_without_a_session(mia):
    _, text = made(mia)
    assert asked(text).status_code == 200
    assert Client().get(COURSES).status_code == 401
    assert asked(text + "x").status_code == 401
    assert asked(text, path="/journey/").status_code == 401


def test_a_wrong_header_is_not_ignored_in_favour_of_a_session(client_for, mia):
    _, text = made(mia)
    signed_in = client_for(mia)
    status = {
        said: signed_in.get(COURSES, headers={"authorization": said}).status_code
        for said in (f"bearer {text}", f"Bearer {text}x", "nonsense", "", "Basic bWlhOm1pYQ==")
    }
    assert list(status.values()) == [200, 401, 401, 401, 200]


def test_the_token_is_stored_as_a_digest_and_its_name_sealed(mia):
    token, text = made(mia, name="the red phone")
    row = ApiToken.objects.values().get()
    kept = repr(row) + repr(bytes(row["name_sealed"]))
    assert text not in kept
    assert "red phone" not in kept
    assert api_tokens.read_name(token) == "the red phone"
    verbs = set(Leaf.objects.values_list("verb", flat=True))
    assert "person.token_make" in verbs


def test_a_read_only_token_cannot_write(mia):
    _, text = made(mia, "read")
    told = asked(text, "post", "/api/v1/me/consents/withdraw/")
    assert (told.status_code, told.json()["code"]) == (403, "read_only_token")


def test_a_revoked_expired_or_ownerless_token_is_refused(mia, noah):
    token, text = made(mia)
    assert not api_tokens.revoke_token(noah, token.id)
    assert asked(text).status_code == 200
    assert api_tokens.revoke_token(mia, token.id)
    assert asked(text).status_code == 401

    token, text = made(mia)
    past = timezone.now() - timedelta(days=8)
    ApiToken.objects.update(made_at=past, expires_at=past + timedelta(days=7))
    assert asked(text).status_code == 401

    _, text = made(noah)
    noah.is_active = False
    noah.save()
    assert asked(text).status_code == 401


@pytest.mark.parametrize(
    ("name", "may", "days"),
    [("", "read", 7), ("x" * 61, "read", 7), ("a", "all", 7), ("a", "read", 365)],
)
def test_unknown_scopes_days_and_names_are_refused(mia, name, may, days):
    with pytest.raises(ValueError, match=r"^(Enter a name|Select)"):
        made(mia, may, days, name)
    assert not ApiToken.objects.exists()


def test_requests_are_limited_a_minute_but_withdrawals_never(mia, monkeypatch, settings):
    settings.RATE_FACTOR = 1
    monkeypatch.setattr("config.middleware.rate_limit.DEFAULT_LIMIT", 2)
    _, text = made(mia, "write")
    assert [asked(text).status_code for _ in range(3)] == [200, 200, 429]
    off = "/api/v1/me/consents/withdraw/"
    assert {asked(text, "post", off).status_code for _ in range(4)} == {200}


def test_the_page_shows_a_token_once_and_revokes_it(client_for, mia):
    client = client_for(mia)
    page = client.post("/accounts/tokens/", {"name": "my phone", "may": "write", "days": "30"})
    assert page.status_code == 201
    (token,) = ApiToken.objects.all()
    assert api_tokens.PREFIX in page.content.decode()
    again = client.get("/accounts/tokens/").content.decode()
    assert "my phone" in again
    assert api_tokens.PREFIX not in again
    client.post(f"/accounts/tokens/{token.id}/back/")
    assert not ApiToken.objects.exists()


def test_after_erasure_the_tokens_name_is_unreadable(mia):
    from vault.errors import KeyDestroyed

    token, _ = made(mia)
    open_keystore().destroy(mia.code, ["identity"])
    with pytest.raises(KeyDestroyed):
        api_tokens.read_name(token)
