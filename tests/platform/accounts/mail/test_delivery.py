"""Mails arrive once, or it is known that they did not: refusals, hanging servers, dead workers."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import people
from accounts.mail import delivery
from accounts.models import PasswordLink, PendingMail
from pipeline import tasks
from privacy import erasure
from tests import mail_server
from tests.mailing import ask, link_in, plain, send

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def row():
    return PendingMail.objects.get()


class Killed(BaseException):
    pass


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_mail_goes_by_tls_with_a_log_in(certificate, settings, monkeypatch, mia, tls):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = mail_server.Inbox()
    with mail_server.running(certificate, inbox, tls) as port:
        mail_server.name_server(settings, port, tls)
        ask(mia)
        assert send() == 1
    assert inbox.mails[0]["From"] == mail_server.SENDER
    assert (row().state, row().unanswered) == ("sent", 0)


def test_the_task_sends_what_is_due_and_takes_no_arguments(inbox, mia):
    ask(mia)
    tasks.send_mails()
    tasks.send_mails()
    assert len(inbox.mails) == 1


def test_a_row_holds_neither_address_nor_link(inbox, mia):
    ask(mia)
    send()
    key = link_in(inbox.mails[0]).partition("key=")[2]
    told = str(PendingMail.objects.values().get())
    assert "mia" not in told
    assert key not in told
    assert len(key) >= 22


def test_an_address_that_is_refused_for_good_is_bounced_and_not_tried_again(inbox, mia):
    inbox.refuse = "550 no such user mia@school.example"
    ask(mia)
    assert send() == 0
    assert (row().state, row().unanswered) == ("bounced", 0)
    assert send(timezone.now() + HOUR) == 0
    assert row().tries == 1


def test_a_mail_that_is_refused_whole_is_bounced(inbox, mia):
    inbox.at_data = "554 not here"
    ask(mia)
    send()
    assert row().state == "bounced"


def test_a_refusal_for_now_is_tried_again_after_growing_pauses(inbox, mia):
    inbox.refuse = "451 later"
    now, pauses = timezone.now(), []
    ask(mia, now=now)
    for _ in range(4):
        assert send(now) == 0
        pauses.append(row().due_at - now)
        assert send(now + pauses[-1] / 2) == 0
        now = row().due_at
    assert pauses == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    inbox.refuse = ""
    assert send(now) == 1
    assert row().state == "sent"


def test_after_a_day_it_is_given_up(inbox, mia):
    inbox.refuse = "451 later"
    now = timezone.now()
    ask(mia, now=now)
    while row().state == "waiting":
        send(now)
        now = max(now, row().due_at)
        assert row().tries < 40
    assert row().state == "given_up"
    assert timedelta(hours=24) <= row().done_at - row().made_at <= timedelta(hours=27)
    assert inbox.mails == []


def test_a_server_that_hangs_holds_the_worker_up_for_the_timeout_alone(inbox, mia, settings):
    settings.EMAIL_TIMEOUT, inbox.wait_s = 0.5, 3.0
    begun = timezone.now()
    ask(mia)
    assert send() == 0
    assert timezone.now() - begun < timedelta(seconds=3)
    assert (row().state, row().tries) == ("waiting", 1)


def test_a_server_with_another_certificate_gets_nothing(inbox, mia, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_server.make_certificate(tmp_path)))
    ask(mia)
    assert send() == 0
    assert inbox.mails == []
    assert "mail.server_not_reached" in caplog.text
    assert not PasswordLink.objects.exists()
    assert (row().state, row().tries) == ("waiting", 1)
    assert row().due_at > timezone.now()


def test_a_certificate_for_another_name_gets_nothing(settings, mia, monkeypatch, tmp_path):
    other = mail_server.make_certificate(tmp_path, "other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    inbox = mail_server.Inbox()
    with mail_server.running(other, inbox) as port:
        mail_server.name_server(settings, port)
        ask(mia)
        assert send() == 0
    assert inbox.mails == []


def test_a_wrong_password_of_the_site_bounces_nobody(inbox, mia, settings):
    settings.EMAIL_HOST_PASSWORD = "another"
    ask(mia)
    assert send() == 0
    assert row().state == "waiting"


def test_a_worker_killed_after_sending_sends_it_once_more_and_no_further(inbox, mia, monkeypatch):
    now = timezone.now()
    ask(mia, now=now)

    def kill(*_):
        raise Killed

    monkeypatch.setattr(delivery, "_record", kill)
    for _ in range(2):
        with pytest.raises(Killed):
            send(now)
        assert row().state == "waiting"
        assert send(now) == 0
        now = row().due_at
    assert send(now) == 0
    assert len(inbox.mails) == 2
    assert row().state == "given_up"


@pytest.mark.parametrize("why", ["locked", "simulated", "no e-mail", "erased"])
def test_who_may_get_none_any_more_gets_none(inbox, mia, give_email, why):
    ask(mia, "new_browser")
    if why == "locked":
        type(mia).objects.filter(pk=mia.pk).update(is_active=False)
    elif why == "simulated":
        type(mia).objects.filter(pk=mia.pk).update(simulated=True)
    elif why == "no e-mail":
        give_email(mia, "")
    else:
        erasure.erase(mia.code, actor=mia.code, cause="request", now=timezone.now())
    assert send() == 0
    assert inbox.mails == []
    assert not PendingMail.objects.filter(state="waiting").exists()


def test_a_new_password_ends_a_link_that_waits(inbox, mia):
    ask(mia)
    people.set_password(mia, "a new battery staple")
    assert send() == 0


def test_without_a_mail_server_nothing_is_asked(mia):
    ask(mia)
    assert not PendingMail.objects.exists()


@pytest.mark.parametrize("refuse", ["", "550 no such user mia@school.example", "451 mia later"])
def test_logs_name_neither_person_nor_link(inbox, mia, caplog, refuse):
    inbox.refuse = refuse
    ask(mia)
    with caplog.at_level(logging.DEBUG):
        tasks.send_mails()
    # What the test's own mail server logs is not ours.
    ours = [each for each in caplog.records if not each.name.startswith("mail.log")]
    told = " ".join(f"{each.getMessage()} {vars(each)}" for each in ours)
    assert "mia" not in told
    assert "key=" not in told
    assert bool(refuse) == ("mail.not_accepted" in told)


def test_the_plain_part_says_the_same(inbox, mia):
    ask(mia, "new_browser")
    send()
    assert "http://localhost/accounts/security/" in plain(inbox.mails[0])
