"""A session that a launch begins is there before its transaction ends, and with today's roles."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts.models import Session, User
from accounts.sessions.session_store import SessionStore
from accounts.single_sign_on.account_links import NoAccount
from lti.launch import entry
from tests.fixtures.lti.registrations import make_platform, make_platform_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(mia, now):
    return make_platform_account(mia, make_platform(now=now), now=now, linked=True)


@pytest.fixture
def request_(rf):
    request = rf.post("/lti/launch/")
    request.session, request.user = SessionStore(), AnonymousUser()
    return request


def test_its_row_is_inserted_before_the_launch_ends(account, request_, now):
    """The middleware would insert it only after a removal that waited for the launch."""
    with transaction.atomic():
        answer = entry.sign_in(request_, account, "/units/", now=now)
        assert Session.objects.filter(user=account.person).count() == 1
    assert answer.status_code == 302


@pytest.mark.parametrize("role", ["researcher", "guardian", "steward", "teacher"])
def test_a_role_that_was_given_meanwhile_is_refused(account, request_, now, role, settings):
    settings.LEGAL_PROFILE = "eu_education"
    User.objects.filter(pk=account.person.pk).update(roles=["learner", role])
    assert account.person.roles == ["learner"]
    with pytest.raises(NoAccount), transaction.atomic():
        entry.sign_in(request_, account, "/units/", now=now)
    assert not Session.objects.exists()
    assert (request_.session.is_empty(), request_.user.is_anonymous) == (True, True)
