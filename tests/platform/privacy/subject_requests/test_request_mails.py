"""Mails about requests: to Stewards before the due date, and to the person once answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.administration import person_changes
from accounts.models import PendingMail, User
from privacy.erasure import erasure
from privacy.models import PrivacyRequest
from privacy.subject_requests import request_answers, request_mails, requests
from tests.fixtures.accounts.sent_mail import html, plain, send
from tests.platform.accounts.mail.conftest import certificate, inbox  # noqa: F401

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _server(settings):
    settings.EMAIL_HOST = settings.EMAIL_HOST or "127.0.0.1"


@pytest.fixture
def asked(mia, amir, sara, now):
    """Return mia's request, and a moment six days before it is due."""
    request = requests.ask(mia, "access", by=mia, note="a word of mia", now=now)
    return request.due_at - 6 * DAY


def readers(kind="request_due"):
    return list(
        PendingMail.objects.filter(kind=kind).order_by("pk").values_list("person", flat=True)
    )


def test_each_steward_is_mailed_once_before_the_due_date(asked, amir, sara):
    hours = [asked + timedelta(hours=n) for n in range(-30, 24 * 12, 3)]
    assert request_mails.ask_due(asked - timedelta(hours=1)) == 0
    assert sum(request_mails.ask_due(hour) for hour in hours) == 2
    assert readers() == sorted([amir.pk, sara.pk])
    assert PendingMail.objects.earliest("pk").made_at == asked


def test_a_request_of_the_next_day_is_covered_and_a_later_one_is_not(asked, mia, noah):
    close = requests.ask(noah, "access", by=noah, note="", now=asked - 23 * DAY)
    later = requests.ask(noah, "rectification", by=noah, note="", now=asked - 20 * DAY)
    assert close.due_at == asked + 7 * DAY
    assert request_mails.ask_due(asked) == 2
    assert request_mails.ask_due(close.due_at - 6 * DAY) == 0
    assert request_mails.ask_due(later.due_at - 6 * DAY) == 2


def test_a_steward_is_not_mailed_about_their_own(amir, sara, now):
    request = requests.ask(amir, "access", by=amir, note="", now=now)
    assert request_mails.ask_due(request.due_at - DAY) == 1
    assert readers() == [sara.pk]


def no_email(people):
    people.update(email_sealed=None, email_digest=None)


def locked(people):
    people.update(is_active=False)


def simulated(people):
    people.update(simulated=True)


def no_steward(people):
    people.update(roles=["learner"])


@pytest.mark.parametrize("change", [no_email, locked, simulated, no_steward])
def test_no_other_mail_is_queued(asked, sara, change):
    change(User.objects.filter(pk=sara.pk))
    assert request_mails.ask_due(asked) == 1
    assert sara.pk not in readers()


def test_the_mail_names_no_person_and_leads_to_the_requests(asked, inbox):  # noqa: F811
    request_mails.ask_due(asked)
    assert send(now=asked) == 2
    for mail in inbox.mails:
        assert mail["Subject"] == "A request needs an answer soon"
        assert "http://localhost/steward/requests/" in plain(mail)
        for secret in ("mia", "a word of"):
            assert secret not in plain(mail) + html(mail)


def test_a_mail_about_an_answered_request_is_not_sent(asked, amir, inbox):  # noqa: F811
    request_mails.ask_due(asked)
    request_answers.approve(
        PrivacyRequest.objects.get().id, by=amir, answer="on My data", now=asked
    )
    assert send(now=asked) == 1
    assert [mail["Subject"] for mail in inbox.mails] == ["Your request was answered"]


def test_the_mail_announces_an_answer_without_its_text(asked, mia, amir, inbox):  # noqa: F811
    request = PrivacyRequest.objects.get()
    request_answers.decline(request.id, by=amir, reason="a reason of amir", now=asked)
    assert readers("request_answered") == [mia.pk]
    assert send(now=asked) == 1
    (mail,) = inbox.mails
    assert mail["To"] == "mia@school.example"
    assert "http://localhost/my-data/" in plain(mail)
    assert "amir" not in plain(mail) + html(mail)


def test_a_guardian_is_not_mailed_about_an_answer(noah, greta, amir, now):
    request = requests.ask(noah, "rectification", by=greta, note="", now=now)
    request_answers.approve(request.id, by=amir, answer="done", now=now)
    assert readers("request_answered") == []


@pytest.mark.parametrize("end", ["lock", "erase"])
def test_locked_and_erased_people_get_no_mail(asked, mia, amir, inbox, end):  # noqa: F811
    request = PrivacyRequest.objects.get()
    request_answers.approve(request.id, by=amir, answer="on My data", now=asked)
    if end == "lock":
        person_changes.lock_person(mia.code, by=amir)
    else:
        erasure.erase(mia.code, actor=mia.code, cause="request", now=asked)
    assert send(now=asked) == 0
    assert inbox.mails == []


def test_an_erasure_that_is_approved_leaves_no_mail(mia, amir, now):
    request = requests.ask(mia, "erasure", by=mia, note="", now=now)
    request_answers.approve(request.id, by=amir, answer="", now=now)
    assert readers("request_answered") == []


def test_a_site_without_mail_queues_none(asked, settings):
    settings.EMAIL_HOST = ""
    assert request_mails.ask_due(asked) == 0
