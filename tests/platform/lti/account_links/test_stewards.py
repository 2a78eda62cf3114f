"""A linked person becomes a data steward: nothing that the platform opened before stays open."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.administration import steward_nominations
from accounts.models import Session, StewardNomination, User
from lti.launch import tickets
from lti.models import LearningPlatform, PlatformAccount
from tests.fixtures.lti.registrations import make_platform_account
from tests.fixtures.users import make
from tests.platform.lti.conftest import FRAMED, SAME, alert_of, ticket_of

NOMINATED = "nominated as a data steward"


@pytest.fixture
def mia(lesson):
    """Mia, whom the platform's user-7 opens."""
    person = make("mia", now=timezone.now())
    platform = LearningPlatform.objects.get()
    make_platform_account(person, platform, now=timezone.now(), subject="user-7")
    return person


def nominate(person):
    amir = User.objects.get(roles=["steward"])
    StewardNomination.objects.create(person=person, asked_by=amir, asked_at=timezone.now())


def test_a_session_that_a_launch_began_ends_when_the_person_becomes_a_steward(mia, visit):
    """Otherwise the platform's operator could set up the second factor in it."""
    browser = visit()
    assert browser.arrive().status_code == 302
    assert browser.signed_in
    nominate(mia)
    sara = make("sara", now=timezone.now())
    steward_nominations.confirm_nomination(mia.code, by=sara, now=timezone.now())
    assert User.objects.get(pk=mia.pk).has_role("steward")
    assert not Session.objects.filter(user=mia).exists()
    answer = browser.client.get("/accounts/factor/add/")
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_launch_opens_no_nominee(mia, visit):
    nominate(mia)
    answer = visit().arrive()
    assert (answer.status_code, NOMINATED in alert_of(answer)) == (403, True)
    StewardNomination.objects.all().delete()
    assert visit().arrive().status_code == 302


def test_a_ticket_from_before_the_nomination_opens_nothing(mia, visit):
    ticket = ticket_of(visit().arrive(**FRAMED))
    nominate(mia)
    window = visit()
    answer = window.client.post("/lti/open/", data={"ticket": ticket}, headers=SAME)
    assert (answer.status_code, NOMINATED in alert_of(answer)) == (403, True)
    assert not window.signed_in


def test_a_ticket_opens_nothing_once_its_link_was_removed(mia, visit):
    ticket = ticket_of(visit().arrive(**FRAMED))
    PlatformAccount.objects.all().delete()
    window = visit()
    answer = window.client.post("/lti/open/", data={"ticket": ticket}, headers=SAME)
    assert answer.status_code == 400
    assert not window.signed_in


def test_a_ticket_opens_nothing_once_its_platform_was_switched_off(mia, visit):
    ticket = ticket_of(visit().arrive(**FRAMED))
    LearningPlatform.objects.update(active=False)
    window = visit()
    answer = window.client.post("/lti/open/", data={"ticket": ticket}, headers=SAME)
    assert answer.status_code == 400
    assert not window.signed_in


def test_a_ticket_of_another_version_is_no_ticket(db):
    text = tickets.signing.dumps({"number": "1", "person": "x", "path": "/"}, salt=tickets.SALT)
    assert tickets.use_ticket(text, now=timezone.now()) is None
