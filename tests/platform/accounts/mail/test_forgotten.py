"""A forgotten password: a page, a row, a mail, a link, and no word of who is here."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import PasswordLink, PendingMail, SignInThrottle
from tests.cast import NAVIGATES
from tests.mailing import ask, link_in, plain, send
from tests.second_factor import app_of, with_factor

pytestmark = pytest.mark.django_db
PAGE = "/accounts/forgotten/"
NEW = "a new battery staple"


@pytest.fixture
def visitor():
    return Client(headers=NAVIGATES)


def choose(client, link, new=NEW):
    fields = {"key": link.partition("key=")[2], "new": new, "again": new}
    return client.post("/accounts/start/", fields)


def statements(client, typed):
    """What the request does in the database, without its values."""
    with CaptureQueriesContext(connection) as found:
        page = client.post(PAGE, {"login": typed}).content.decode()
    return page, [re.sub(r"'[^']*'|\b\d+\b|NULL|\"s\d+_x\d+\"", "?", each["sql"]) for each in found]


@pytest.mark.parametrize("typed", ["mia", " MIA", "mia@school.example"])
def test_the_mailed_link_sets_a_new_password(visitor, inbox, mia, typed):
    assert "Check your email" in visitor.post(PAGE, {"login": typed}).content.decode()
    assert send() == 1
    (mail,) = inbox.mails
    assert mail["To"] == "mia@school.example"
    assert choose(visitor, link_in(mail)).status_code == 302
    mia.refresh_from_db()
    assert mia.check_password(NEW)


def test_the_answer_and_its_work_are_the_same_for_a_name_that_nobody_has(inbox, mia):
    known, unknown, first = (Client(headers=NAVIGATES) for _ in range(3))
    # The first try of a network makes the row that counts all of its tries.
    first.post(PAGE, {"login": "somebody"})
    (page, work), (other_page, other_work) = statements(known, "mia"), statements(unknown, "mya")
    csrf = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"')
    assert csrf.sub("", page) == csrf.sub("", other_page)
    assert work == other_work
    assert send() == 1
    assert len(inbox.mails) == 1
    assert not PendingMail.objects.filter(person=None).exists()


def test_everybody_who_has_the_email_gets_a_link_of_their_own(
    visitor, inbox, mia, noah, give_email
):
    give_email(noah, "mia@school.example")
    visitor.post(PAGE, {"login": "mia@school.example"})
    assert send() == 2
    assert {re.search(r"username is (\w+)", plain(mail))[1] for mail in inbox.mails} == {
        "mia",
        "noah",
    }


def test_it_leaves_the_second_factor_in_place(visitor, inbox, mia):
    with_factor(mia, now=timezone.now() - timedelta(minutes=2))
    visitor.post(PAGE, {"login": "mia"})
    send()
    assert choose(visitor, link_in(inbox.mails[-1]))["Location"] == "/accounts/factor/"
    assert visitor.get("/accounts/security/").status_code == 302
    assert visitor.post("/accounts/factor/", {"proof": app_of(mia).now()}).status_code == 302


def test_asking_too_often_has_to_wait_and_does_not_lock_the_log_in(visitor, inbox, mia):
    for _ in range(5):
        assert visitor.post(PAGE, {"login": "mia"}).status_code == 200
    refused = visitor.post(PAGE, {"login": "mia"})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert SignInThrottle.objects.exists()
    fields = {"login": "mia", "password": "correct horse battery"}
    assert visitor.post("/accounts/login/", fields).status_code == 302


def test_the_newest_of_several_alone_is_sent(visitor, inbox, mia):
    for _ in range(3):
        visitor.post(PAGE, {"login": "mia"})
    assert send() == 1
    assert visitor.get(link_in(inbox.mails[0])).status_code == 200
    assert PendingMail.objects.filter(state="dropped").count() == 2


def test_after_five_in_a_day_the_fifth_stays_good(visitor, inbox, mia):
    now = timezone.now()
    for _ in range(6):
        ask(mia, now=now)
        send(now)
    assert len(inbox.mails) == 5
    assert visitor.get(link_in(inbox.mails[-1])).status_code == 200


def test_without_a_mail_server_the_page_says_whom_to_ask(visitor, mia):
    page = visitor.get(PAGE).content.decode()
    assert "Ask a steward" in page
    assert 'name="login"' not in page
    assert "Ask a steward" in visitor.post(PAGE, {"login": "mia"}).content.decode()
    assert not PendingMail.objects.exists()
    assert f'href="{PAGE}"' in visitor.get("/accounts/login/").content.decode()


def test_a_second_steward_makes_no_link_to_another_ones_account_by_mail(
    inbox, amir, sara, settings
):
    settings.LEGAL_PROFILE = "us_higher_ed"
    ask(amir)
    assert send() == 0
    assert not PasswordLink.objects.exists()
    sara.roles = ["learner"]
    sara.save()
    ask(amir)
    assert send() == 1
