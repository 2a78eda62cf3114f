"""A linked person gains a role: what the platform opened, or opens now, does not have it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.administration.person_changes import change_person
from accounts.administration.person_records import load_record
from accounts.models import Session, User
from lti.models import LearningPlatform
from tests.fixtures.accounts.second_factor import with_factor
from tests.fixtures.lti.registrations import make_platform_account
from tests.fixtures.users import make
from tests.platform.lti.conftest import FRAMED, SAME, alert_of, ticket_of

ROLES = [
    ("researcher", "because of your role here"),
    ("guardian", "because of your role here"),
    ("teacher", "set up two-step verification"),
]
each_role = pytest.mark.parametrize(("role", "sentence"), ROLES)


@pytest.fixture
def mia(lesson, settings):
    """Mia, who linked her account with the platform's user-7, on a site with second factors."""
    settings.LEGAL_PROFILE = "eu_education"
    person = make("mia", now=timezone.now())
    platform = LearningPlatform.objects.get()
    make_platform_account(person, platform, now=timezone.now(), subject="user-7", linked=True)
    return person


def give(person, role):
    """Amir, a steward, gives the person the role."""
    amir = User.objects.get(roles=["steward"])
    before = load_record(User.objects.get(pk=person.pk))
    record = replace(before, roles=tuple(sorted({*before.roles, role})))
    change_person(person.code, record, by=amir, now=timezone.now())
    assert User.objects.get(pk=person.pk).has_role(role)


@each_role
def test_a_launch_opens_no_account_that_gained_the_role(mia, visit, role, sentence):
    give(mia, role)
    browser = visit()
    answer = browser.arrive()
    assert (answer.status_code, sentence in alert_of(answer)) == (403, True)
    assert not Session.objects.filter(user=mia).exists()
    answer = browser.client.get("/accounts/factor/add/")
    assert answer.headers["Location"].startswith("/accounts/login/")


@each_role
def test_a_ticket_from_before_the_role_opens_nothing(mia, visit, role, sentence):
    ticket = ticket_of(visit().arrive(**FRAMED))
    give(mia, role)
    window = visit()
    answer = window.client.post("/lti/open/", data={"ticket": ticket}, headers=SAME)
    assert (answer.status_code, sentence in alert_of(answer)) == (403, True)
    assert not Session.objects.filter(user=mia).exists()


@each_role
def test_a_session_that_a_launch_began_ends_with_the_new_role(mia, visit, role, sentence):
    """Otherwise the platform's operator could set up the second factor in it."""
    browser = visit()
    assert browser.arrive().status_code == 302
    assert browser.signed_in
    give(mia, role)
    assert not Session.objects.filter(user=mia).exists()
    answer = browser.client.get("/accounts/factor/add/")
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_teacher_with_a_second_factor_is_asked_for_it(mia, visit):
    give(mia, "teacher")
    with_factor(mia, now=timezone.now())
    browser = visit()
    assert browser.arrive().headers["Location"].startswith("/accounts/factor/?")
    assert not browser.signed_in


def test_an_author_is_signed_in_as_before(mia, visit):
    """ADR 0090 says why: the role opens no data of other people."""
    browser = visit()
    browser.arrive()
    give(mia, "author")
    assert browser.signed_in
    again = visit()
    assert again.arrive().status_code == 302
    assert again.signed_in
