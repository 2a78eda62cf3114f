"""What Stewards, the person and the operator see of a connection."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.single_sign_on import account_links
from accounts.single_sign_on.oidc.claims import read_claims
from deployment import doctor
from tests.fixtures.accounts import openid_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(mia, settings, name_provider, liar):
    settings.LEGAL_PROFILE = "demo"
    provider = settings.SIGN_IN_RULES.providers[0]
    account_links.connect(provider, read_claims(provider, {"sub": "12"}), mia, now=timezone.now())
    return mia


def test_a_steward_sees_the_connection_and_ends_it(connected, amir, client_for):
    client, page = client_for(amir), f"/steward/people/{connected.code}/"
    client_for(connected)
    assert "Single sign-on: Northfield account" in client.get(f"{page}account/").content.decode()
    answer = client.post(f"{page}sso/", {"provider": openid_provider.KEY})
    assert answer.status_code == 302
    assert not connected.sessions.exists()
    html = client.get(f"{page}account/").content.decode()
    assert "Single sign-on: Northfield account" not in html
    assert "Single sign-on disconnected" in html


def test_the_person_sees_who_connected_and_disconnected(connected, amir, client_for):
    account_links.disconnect(connected, openid_provider.KEY, by=amir)
    html = client_for(connected).get("/my-data/looked/").content.decode()
    assert "connected a sign-in account to your account" in html
    assert "disconnected a sign-in account from your account" in html


def test_a_connection_outlives_its_provider_in_the_file(connected, settings, client_for):
    settings.SIGN_IN_RULES = type(settings.SIGN_IN_RULES)()
    html = client_for(connected).get("/accounts/security/").content.decode()
    assert "Disconnect northfield" in html


def test_the_doctor_asks_each_provider(connected, liar):
    (found,) = doctor._check_providers()
    assert (found.found, found.need) == (openid_provider.KEY, "")
    liar.metadata = {"issuer": "https://evil.example"}
    (found,) = doctor._check_providers()
    assert "it names another issuer" in found.need
    liar.status = 500
    (found,) = doctor._check_providers()
    assert "no answer" in found.need
