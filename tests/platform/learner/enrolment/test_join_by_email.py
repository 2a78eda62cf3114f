"""A join link sends an invitation by mail to a visitor with an address in an allowed domain."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.people import find_by_login
from courses import join_links
from courses.access import is_learner
from courses.models import EmailInvitation
from tests.fixtures import factories
from tests.fixtures.accounts.email_invitations import (
    LENA,
    PAGE,
    allow,
    invite,
    link_of,
    new_learner,
)
from tests.fixtures.accounts.sent_mail import plain, send
from tests.fixtures.users import NAVIGATES

pytestmark = pytest.mark.django_db
DOMAIN = "northfield.example"
CHANGES = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"')


@pytest.fixture
def course(ines):
    made = factories.make_course("algebra")
    factories.make_enrolment(ines, made, role="teacher")
    return made


@pytest.fixture
def join(course, ines, now):
    allow("join_links", [DOMAIN], now=now)
    until = timezone.now() + timedelta(days=1)
    return f"/join/{join_links.open_link(course, until=until, by=ines)}/"


@pytest.fixture
def visitor():
    return Client(headers=NAVIGATES)


def ask(client, join, email=LENA):
    return client.post(join, {"email": email})


def statements(join, typed):
    """Return the answer to a new browser and the SQL statements behind it, without values."""
    with CaptureQueriesContext(connection) as found:
        page = ask(Client(headers=NAVIGATES), join, typed).content.decode()
    work = [re.sub(r"'[^']*'|\b\d+\b|NULL|\"s\d+_x\d+\"", "?", each["sql"]) for each in found]
    return CHANGES.sub("", page), work


def test_from_the_join_link_to_the_course(visitor, join, inbox, course):
    page = visitor.get(join).content.decode()
    assert course.title in page
    assert "Northfield School" in page
    assert "Check your email" in ask(visitor, join).content.decode()
    assert send() == 1
    assert inbox.mails[0]["To"] == LENA
    assert "November" in plain(inbox.mails[0]) or "until" in plain(inbox.mails[0])
    link = link_of(inbox.mails[0])
    assert visitor.post(PAGE, new_learner(link))["Location"] == "/courses/algebra/"
    assert is_learner(find_by_login(LENA), course)


@pytest.mark.usefixtures("mia")
def test_the_answer_and_its_work_are_the_same_for_an_address_with_an_account(join, inbox, settings):
    allow("join_links", [DOMAIN, "school.example"], now=timezone.now())
    ask(Client(headers=NAVIGATES), join, f"first@{DOMAIN}")
    assert statements(join, "mia@school.example") == statements(join, "mya@school.example")
    assert send() == 3


def test_who_has_an_account_joins_with_the_mailed_link(join, inbox, course, mallory, client_for):
    ask(Client(headers=NAVIGATES), join)
    send()
    key = link_of(inbox.mails[0]).partition("key=")[2]
    assert client_for(mallory).post(PAGE, {"key": key, "act": "accept"}).status_code == 302
    assert is_learner(mallory, course)


def test_an_address_of_another_domain_gets_nothing(visitor, join, inbox):
    for wrong in (
        "lena@evil.example",
        f"lena@sub.{DOMAIN}",
        f"lena@{DOMAIN}.evil.example",
        f"lena@evil{DOMAIN}",
        f"lena@evil.example@{DOMAIN}",
        f"l\u0435na@{DOMAIN}",
        "lena",
    ):
        assert ask(visitor, join, wrong).status_code == 422
    assert not EmailInvitation.objects.exists()
    assert ask(visitor, join, LENA.upper()).status_code == 200


def test_over_its_limit_an_address_gets_the_same_answer_and_no_mail(join, inbox):
    pages = {statements(join, LENA)[0] for _ in range(3)}
    EmailInvitation.objects.update(sendings=5)
    send()
    pages.add(statements(join, LENA)[0])
    assert len(pages) == 1
    assert send() == 0


def test_asking_too_often_has_to_wait(visitor, join, inbox):
    for _ in range(5):
        assert ask(visitor, join).status_code == 200
    refused = ask(visitor, join)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0


@pytest.mark.parametrize("policy", ["stewards", "invitations"])
def test_without_the_stewards_permission_a_visitor_is_sent_to_the_log_in(
    visitor, join, inbox, policy, now
):
    allow(policy, [DOMAIN], now=now)
    assert visitor.get(join)["Location"].startswith("/accounts/login/")
    assert ask(visitor, join).status_code == 302
    assert not EmailInvitation.objects.exists()


def test_without_mail_a_visitor_is_sent_to_the_log_in(visitor, join):
    assert visitor.get(join)["Location"].startswith("/accounts/login/")
    assert ask(visitor, join).status_code == 302
    assert not EmailInvitation.objects.exists()


def test_a_script_gets_an_error_without_a_session(join, inbox):
    assert Client().get(join).status_code == 401


def test_a_requested_invitation_ends_with_the_join_link(visitor, join, inbox, course, ines):
    ask(visitor, join)
    send()
    link = link_of(inbox.mails[0])
    join_links.end_link(course, by=ines)
    assert visitor.get(link).status_code == 410
    assert visitor.post(PAGE, new_learner(link)).status_code == 410
    assert EmailInvitation.objects.get().state == "ended"


def test_a_requested_invitation_ends_when_the_join_link_expires(visitor, join, inbox, course):
    ask(visitor, join)
    send()
    link = link_of(inbox.mails[0])
    type(course).objects.update(invite_until=timezone.now() - timedelta(seconds=1))
    assert visitor.get(link).status_code == 410


def test_a_removed_domain_creates_no_account(visitor, join, inbox, now):
    ask(visitor, join)
    send()
    link = link_of(inbox.mails[0])
    allow("join_links", ["other.example"], now=now)
    assert "cannot create an account" in visitor.get(link).content.decode()
    assert visitor.post(PAGE, new_learner(link)).status_code == 400
    assert find_by_login(LENA) is None


def test_it_works_three_days_and_teachers_see_no_address(visitor, join, inbox, client_for, ines):
    ask(visitor, join)
    row = EmailInvitation.objects.get()
    assert row.expires_at - row.made_at == timedelta(hours=72)
    assert LENA not in client_for(ines).get("/teach/algebra/people/").content.decode()


def test_a_request_by_a_stranger_keeps_a_teachers_invitation(
    visitor, join, inbox, client_for, ines
):
    invite(client_for(ines))
    send()
    theirs = link_of(inbox.mails[0])
    ask(visitor, join)
    send()
    assert visitor.get(theirs).status_code == 200
    visitor.post(PAGE, new_learner(theirs))
    assert Client(headers=NAVIGATES).get(link_of(inbox.mails[1])).status_code == 410
