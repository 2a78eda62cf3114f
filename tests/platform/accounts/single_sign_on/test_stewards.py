"""Stewards who sign in at a provider count as active, and lose connections from before."""

from __future__ import annotations

import pytest

from accounts.administration import steward_nominations
from accounts.administration.person_records import CannotChange
from accounts.models import Session, User
from accounts.passwords import password_links
from accounts.single_sign_on import account_links
from accounts.single_sign_on.oidc.claims import read_claims
from audit.queries import leaves_about, read_public
from tests.fixtures.accounts import openid_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return openid_provider.rules("https://id.northfield.example", link_by_email=True).providers[0]


def connect(provider, person, now, sub="12"):
    account_links.connect(provider, read_claims(provider, {"sub": sub}), person, now=now)


def take_password(person):
    User.objects.filter(pk=person.pk).update(password="!")
    person.refresh_from_db()


@pytest.fixture
def amir_without_password(amir, provider, now):
    connect(provider, amir, now)
    take_password(amir)
    return amir


def test_a_provider_stewards_account_gets_no_link(amir_without_password, sara, now):
    with pytest.raises(CannotChange, match="cannot create a link for another data steward"):
        password_links.make_link(amir_without_password, by=sara.code, now=now)
    assert password_links.make_link(amir_without_password, by=None, now=now)


def test_a_provider_steward_has_to_confirm_a_new_steward(
    amir_without_password, settings, sara, mia, now
):
    settings.LEGAL_PROFILE = "eu"
    assert steward_nominations.needs_second_steward()
    assert not password_links.may_be_mailed(amir_without_password)
    steward_nominations.make_steward(mia, by=sara, now=now)
    mia.refresh_from_db()
    assert not mia.has_role("steward")


def test_another_steward_cannot_remove_the_only_way_in(amir_without_password, sara, client_for):
    page = f"/steward/people/{amir_without_password.code}/sso/"
    answer = client_for(sara).post(page, {"provider": openid_provider.KEY})
    assert answer.status_code == 422
    assert "only way they can sign in" in answer.content.decode()
    assert amir_without_password.single_sign_ons.count() == 1


def test_a_new_steward_keeps_no_connection_and_no_log_in(amir, mia, provider, client_for, now):
    connect(provider, mia, now)
    client_for(mia)
    steward_nominations.make_steward(mia, by=amir, now=now)
    mia.refresh_from_db()
    assert mia.has_role("steward")
    assert mia.single_sign_ons.count() == 0
    assert not Session.objects.filter(user=mia).exists()
    leaf = leaves_about(mia.code).get(verb="person.sso_unlink")
    assert read_public(leaf) == {"provider": openid_provider.KEY, "by": "steward"}


def test_a_person_without_a_password_cannot_become_a_steward(amir, mia, provider, now):
    connect(provider, mia, now)
    take_password(mia)
    with pytest.raises(CannotChange, match="no password"):
        steward_nominations.make_steward(mia, by=amir, now=now)
    mia.refresh_from_db()
    assert not mia.has_role("steward")
    assert mia.single_sign_ons.count() == 1
    account_links.disconnect(mia, openid_provider.KEY, by=amir)
    steward_nominations.make_steward(mia, by=amir, now=now)
    mia.refresh_from_db()
    assert mia.has_role("steward")
