"""Resetting a forgotten password by mail, without revealing who has an account."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.administration import person_changes
from accounts.administration.person_records import load_record
from accounts.mail import queue
from accounts.models import PasswordLink, PendingMail, SignInThrottle
from accounts.passwords import password_links
from audit.queries import leaves_about, read_public
from tests.fixtures.accounts.second_factor import app_of, with_factor
from tests.fixtures.accounts.sent_mail import ask, link_in, plain, run_in_thread, send
from tests.fixtures.users import NAVIGATES, PASSWORD, client_for_person

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
    """Return the SQL statements of the request, without their values."""
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


def test_an_unknown_name_gets_the_same_answer_after_the_same_work(inbox, mia):
    known, unknown, first = (Client(headers=NAVIGATES) for _ in range(3))
    # The first attempt of a network creates the row that counts all of its attempts.
    first.post(PAGE, {"login": "somebody"})
    (page, work), (other_page, other_work) = statements(known, "mia"), statements(unknown, "mya")
    csrf = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"')
    assert csrf.sub("", page) == csrf.sub("", other_page)
    assert work == other_work
    assert send() == 1
    assert len(inbox.mails) == 1
    assert not PendingMail.objects.filter(person=None).exists()


def test_each_person_with_the_email_gets_their_own_link(visitor, inbox, mia, noah, give_email):
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


def test_a_hundred_requests_of_a_network_do_not_lock_its_log_in(inbox, mia):
    for number in range(100):
        stranger = Client(headers=NAVIGATES)
        assert stranger.post(PAGE, {"login": f"name{number}"}).status_code == 200
    assert Client(headers=NAVIGATES).post(PAGE, {"login": "late"}).status_code == 429
    fields = {"login": "mia", "password": PASSWORD}
    assert Client(headers=NAVIGATES).post("/accounts/login/", fields).status_code == 302


def test_only_the_newest_of_several_links_is_sent(visitor, inbox, mia):
    for _ in range(3):
        visitor.post(PAGE, {"login": "mia"})
    assert send() == 1
    assert visitor.get(link_in(inbox.mails[0])).status_code == 200
    assert PendingMail.objects.filter(state="dropped").count() == 2


@pytest.mark.parametrize("typed", [["mia"], ["mia", "mia@school.example"]])
def test_an_address_that_refuses_is_tried_five_times_a_day(visitor, inbox, mia, typed):
    inbox.refuse = "550 no such user"
    for _ in range(4):
        for name in typed:
            visitor.post(PAGE, {"login": name})
            send()
    assert len(inbox.asked) == min(5, 4 * len(typed))


def test_a_mail_that_was_put_off_does_not_end_the_newer_link(visitor, inbox, mia):
    now = timezone.now()
    ask(mia, now=now)
    inbox.refuse = "451 later"
    send(now)
    inbox.refuse = ""
    ask(mia, now=now)
    assert send(now) == 1
    assert send(now + timedelta(hours=1)) == 0
    assert visitor.get(link_in(inbox.mails[0])).status_code == 200


def test_a_request_by_a_stranger_leaves_a_link_alone_that_a_steward_showed(
    visitor, inbox, mia, amir
):
    shown = password_links.make_link(mia, by=amir.code, now=timezone.now())
    inbox.refuse = "550 no such user"
    visitor.post(PAGE, {"login": "mia"})
    send()
    assert len(inbox.asked) == 1
    assert choose(visitor, shown).status_code == 302
    assert not PasswordLink.objects.exists()


def test_a_corrected_email_ends_the_link_that_went_to_the_wrong_one(visitor, inbox, mia, amir):
    ask(mia)
    send()
    wrong = link_in(inbox.mails[0])
    assert visitor.get(wrong).status_code == 200
    record = load_record(mia)
    for changes, status in [({"name": "Mia M."}, 200), ({"email": "mia.m@school.example"}, 410)]:
        identity = replace(record.identity, **changes)
        changed = replace(record, identity=identity)
        person_changes.change_person(mia.code, changed, by=amir, now=timezone.now())
        assert visitor.get(wrong).status_code == status


def test_a_mail_that_waits_goes_to_the_corrected_email(inbox, mia, amir):
    ask(mia)
    record = load_record(mia)
    identity = replace(record.identity, email="mia.m@school.example")
    changed = replace(record, identity=identity)
    person_changes.change_person(mia.code, changed, by=amir, now=timezone.now())
    assert send() == 1
    assert inbox.mails[0]["To"] == "mia.m@school.example"


def test_a_mailed_link_is_one_leaf_of_the_mail_however_often_it_is_tried(inbox, mia):
    now = timezone.now()
    ask(mia, now=now)
    inbox.at_data = "451 later"
    for _ in range(3):
        send(now)
        now = PendingMail.objects.get().due_at
    inbox.at_data = ""
    assert send(now) == 1
    (leaf,) = leaves_about(mia.code).filter(verb="person.link_make")
    assert read_public(leaf) == {"by": "mail"}
    page = client_for_person(mia).get("/my-data/looked/").content.decode()
    assert "This site</span> created a link to set your password, to email it to you" in page


def test_a_username_comes_before_people_with_it_as_email(inbox, mia, noah, give_email, monkeypatch):
    monkeypatch.setattr(queue, "MOST_PEOPLE", 1)
    give_email(mia, "noah")
    queue.queue_reset("noah", now=timezone.now())
    assert PendingMail.objects.get().person_id == noah.pk


@pytest.mark.django_db(transaction=True)
def test_a_person_who_is_erased_while_a_stranger_asks_changes_no_answer(
    visitor, inbox, mia, monkeypatch
):
    insert = QuerySet.bulk_create

    def erase_first(rows, *args, **kwargs):
        if rows.model is PendingMail:
            run_in_thread(lambda: type(mia).objects.filter(pk=mia.pk).delete())
        return insert(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "bulk_create", erase_first)
    response = visitor.post(PAGE, {"login": "mia"})
    assert response.status_code == 200
    assert "Check your email" in response.content.decode()
    assert not PendingMail.objects.exists()


def test_after_five_links_in_a_day_the_fifth_stays_valid(visitor, inbox, mia):
    now = timezone.now()
    for _ in range(6):
        ask(mia, now=now)
        send(now)
    assert len(inbox.mails) == 5
    assert visitor.get(link_in(inbox.mails[-1])).status_code == 200


def test_without_a_mail_server_the_page_says_whom_to_ask(visitor, mia):
    page = visitor.get(PAGE).content.decode()
    assert "Ask a data steward" in page
    assert 'name="login"' not in page
    assert "Ask a data steward" in visitor.post(PAGE, {"login": "mia"}).content.decode()
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
