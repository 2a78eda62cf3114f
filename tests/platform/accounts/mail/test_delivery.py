"""Mails arrive once, or are known not to have arrived: refusals, hung servers, dead workers."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import people
from accounts.administration import person_changes
from accounts.mail import delivery, message
from accounts.mail import smtp_connection as mail_connection
from accounts.mail.delivery import ACCOUNT_MAILS
from accounts.mail.models import KINDS, PAGES
from accounts.models import PasswordLink, PendingMail
from pipeline import tasks
from privacy.erasure import erasure
from tests.fixtures.accounts.sent_mail import ask, link_in, plain, run_in_thread, send
from tests.fixtures.servers import mail_server
from vault.errors import KeystoreBusy, Tampered

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
    with mail_server.run_server(certificate, inbox, tls) as port:
        mail_server.name_server(settings, port, tls)
        ask(mia)
        assert send() == 1
    assert inbox.mails[0]["From"] == mail_server.SENDER
    assert (row().state, row().open_tries) == ("sent", 0)


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
    assert (row().state, row().open_tries) == ("bounced", 0)
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


def send_until_it_ends():
    now = timezone.now()
    while row().state == "waiting":
        send(now)
        now = max(now, row().due_at)
        assert row().tries < 40


def test_a_server_that_hangs_holds_the_worker_up_for_a_while_alone(inbox, mia, monkeypatch):
    inbox.wait_s = 3.0
    monkeypatch.setattr(mail_connection, "ANSWER_S", 0.5)
    begun = timezone.now()
    ask(mia)
    assert send() == 0
    assert timezone.now() - begun < timedelta(seconds=3)
    assert (row().state, row().tries) == ("waiting", 1)


@pytest.mark.parametrize("fault", [{"answer_s": 1.5}, {"hang_up": "DATA"}])
def test_a_server_that_takes_a_mail_and_never_says_so_gets_it_twice_at_most(
    inbox, mia, monkeypatch, caplog, fault
):
    monkeypatch.setattr(mail_connection, "ANSWER_S", 0.3)
    for name, value in fault.items():
        setattr(inbox, name, value)
    ask(mia)
    send_until_it_ends()
    assert len(inbox.mails) == 2
    assert row().state == "given_up"
    assert "mail.not_answered" in caplog.text


def test_the_answer_to_a_mail_may_take_longer_than_that_to_a_command(inbox, mia, settings):
    settings.EMAIL_TIMEOUT, inbox.answer_s = 0.5, 1.5
    ask(mia)
    assert send() == 1
    assert len(inbox.mails) == 1


def test_the_wait_for_an_answer_ends_before_another_worker_may_try():
    assert 60 <= mail_connection.ANSWER_S <= delivery.TRY_LIMIT.total_seconds() / 2


def test_a_server_that_hangs_up_before_it_has_the_mail_is_tried_again_and_again(inbox, mia):
    inbox.hang_up = "RCPT"
    now = timezone.now()
    ask(mia, now=now)
    for _ in range(4):
        assert send(now) == 0
        assert (row().state, row().open_tries) == ("waiting", 0)
        now = row().due_at
    inbox.hang_up = ""
    assert send(now) == 1


@pytest.mark.parametrize(
    ("refuse", "state"),
    [
        ("550 5.1.1 no such user", "bounced"),
        ("554 5.7.1 this sender may not send", "waiting"),
        ("530 log in first", "waiting"),
    ],
)
def test_an_answer_about_the_sender_bounces_no_mail(inbox, mia, refuse, state):
    inbox.refuse = refuse
    ask(mia)
    send()
    assert row().state == state


@pytest.mark.parametrize("refuse", ["451 later", "550 no such user"])
def test_one_recipient_who_is_refused_holds_up_no_other(inbox, mia, noah, refuse):
    inbox.refuse_one = {"mia@school.example": refuse}
    ask(mia)
    ask(noah)
    assert send() == 1
    assert inbox.mails[0]["To"] == "noah@school.example"


def test_a_server_that_closes_with_421_is_asked_no_further(inbox, mia, noah):
    inbox.refuse = "421 closing"
    ask(mia)
    ask(noah)
    assert send() == 0
    assert len(inbox.asked) == 1
    assert sorted(PendingMail.objects.values_list("tries", flat=True)) == [0, 1]


@pytest.mark.parametrize(
    ("error", "state"), [(KeystoreBusy("busy"), "waiting"), (Tampered("bytes"), "dropped")]
)
def test_a_mail_that_cannot_be_unsealed_is_not_tried(inbox, mia, monkeypatch, error, state):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(message, "load_identity", refuse)
    ask(mia)
    assert send() == 0
    assert (row().state, row().open_tries) == (state, 0)
    assert inbox.asked == []


@pytest.mark.parametrize(
    "email",
    ["mia@school.example\nBcc: x@evil.example", "mia@a.example, x@b.example", "möa@x.example"],
)
def test_an_invalid_address_never_reaches_the_server(inbox, mia, give_email, email):
    give_email(mia, email)
    ask(mia)
    assert send() == 0
    assert inbox.asked == []
    assert row().state == "bounced"
    assert not PasswordLink.objects.exists()


def test_an_unusable_sender_bounces_no_mail(inbox, mia, settings):
    settings.DEFAULT_FROM_EMAIL = "a@x.example, b@y.example"
    ask(mia)
    assert send() == 0
    assert row().state == "waiting"


def test_a_connection_that_failed_half_way_is_closed(inbox, mia, settings, monkeypatch):
    settings.EMAIL_HOST_PASSWORD = "another"
    closed = []
    close = mail_connection.MailConnection._close_connection
    monkeypatch.setattr(
        mail_connection.MailConnection,
        "_close_connection",
        lambda self, connection: closed.append(close(self, connection)),
    )
    ask(mia)
    send()
    assert len(closed) == 1


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
    with mail_server.run_server(other, inbox) as port:
        mail_server.name_server(settings, port)
        ask(mia)
        assert send() == 0
    assert inbox.mails == []


def test_a_wrong_password_of_the_site_bounces_no_mail(inbox, mia, settings):
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
def test_a_person_who_may_no_longer_get_mail_gets_none(inbox, mia, give_email, why):
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


@pytest.mark.parametrize("act", ["sign_out_everywhere", "lock_person"])
def test_ending_a_persons_log_ins_ends_the_links_that_wait(inbox, mia, amir, act):
    ask(mia)
    ask(mia, "new_browser")
    getattr(person_changes, act)(mia.code, by=amir)
    assert list(PendingMail.objects.values_list("kind", flat=True)) == ["new_browser"]
    send()
    assert not any("/accounts/start/" in plain(mail) for mail in inbox.mails)


def begin_next(now):
    """Return the mail that a sweep tries first, marked as begun."""
    due = delivery._list_due(now, ACCOUNT_MAILS)
    begun = (delivery._begin(pk, now, ACCOUNT_MAILS) for pk in due)
    return next((mail for mail in begun if mail is not None), None)


def test_a_mail_that_is_deleted_during_its_try_stays_deleted(inbox, mia):
    ask(mia)
    begun = begin_next(timezone.now())
    PendingMail.objects.all().delete()
    delivery._record(begun, "waiting", timezone.now())
    assert not PendingMail.objects.exists()


def test_a_mail_whose_row_went_before_its_link_was_made_brings_none(inbox, mia):
    ask(mia)
    begun = begin_next(timezone.now())
    PendingMail.objects.all().delete()
    assert message.write_message(begun, now=timezone.now()) is None
    assert not PasswordLink.objects.exists()


def test_a_mail_that_one_worker_tries_is_not_taken_by_another(inbox, mia):
    now = timezone.now()
    ask(mia, now=now)
    assert begin_next(now) is not None
    assert begin_next(now) is None
    assert begin_next(now + 9 * MINUTE) is None
    assert begin_next(now + 11 * MINUTE) is not None


@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_connection_holds_is_passed_over(inbox, mia, noah):
    now = timezone.now()
    ask(mia, now=now)
    ask(noah, now=now)
    with transaction.atomic():
        PendingMail.objects.select_for_update().get(person=mia)
        assert run_in_thread(lambda: begin_next(now).person_id) == noah.pk


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_overlap_leave_the_newest_link_good(inbox, mia, client):
    ask(mia)
    older = begin_next(timezone.now())
    ask(mia)
    assert run_in_thread(send) == 1
    connection = mail_connection.MailConnection()
    assert delivery._send_one(older, connection, timezone.now, ACCOUNT_MAILS) == "dropped"
    (mail,) = inbox.mails
    assert client.get(link_in(mail)).status_code == 200


def test_without_a_mail_server_nothing_is_asked(mia):
    ask(mia)
    assert not PendingMail.objects.exists()


@pytest.mark.parametrize("refuse", ["", "550 no such user mia@school.example", "451 mia later"])
def test_logs_name_neither_person_nor_link(inbox, mia, caplog, refuse):
    inbox.refuse = refuse
    ask(mia)
    with caplog.at_level(logging.DEBUG):
        tasks.send_mails()
    # The log of the test's own mail server is not ours.
    ours = [each for each in caplog.records if not each.name.startswith("mail.log")]
    told = " ".join(f"{each.getMessage()} {vars(each)}" for each in ours)
    assert "mia" not in told
    assert "key=" not in told
    assert bool(refuse) == ("mail.not_accepted" in told)


def test_the_plain_text_part_has_the_same_content(inbox, mia):
    ask(mia, "new_browser")
    send()
    assert "http://localhost/accounts/security/" in plain(inbox.mails[0])


@pytest.mark.parametrize(
    "many", ["due_dates", "invitation", "consent_ends", *delivery.OF_GUARDIANS]
)
def test_a_reset_goes_before_older_bulk_mails(inbox, mia, noah, now, many):
    ask(mia, many, now=now)
    ask(noah, "reset", now=now + timedelta(seconds=1))
    assert begin_next(now + timedelta(seconds=2)).kind == "reset"


def test_guardianship_notices_count_as_bulk_mail():
    about = {kind for kind in KINDS if kind.endswith(("_added", "_ended")) and kind in PAGES}
    assert about == set(delivery.OF_GUARDIANS) <= set(delivery.BULK_KINDS)


def test_a_server_that_is_away_postpones_every_mail_in_parts(mia, now, settings, monkeypatch):
    settings.EMAIL_HOST = "127.0.0.1"
    monkeypatch.setattr(delivery, "BATCH_SIZE", 2)
    for _ in range(5):
        ask(mia, "new_browser", now=now)
    delivery._postpone_due(now, ACCOUNT_MAILS)
    assert set(PendingMail.objects.values_list("tries", flat=True)) == {1}
    assert not PendingMail.objects.filter(due_at__lte=now).exists()


def test_a_row_that_cannot_be_written_waits_and_the_others_are_sent(
    inbox, mia, noah, monkeypatch, caplog
):
    now = timezone.now()
    ask(mia, now=now - MINUTE)
    ask(noah, now=now)
    write = delivery.write_message

    def write_or_fail(mail, *, now):
        if mail.person == mia:
            raise LookupError("mia@home.example")
        return write(mail, now=now)

    monkeypatch.setattr(delivery, "write_message", write_or_fail)
    with caplog.at_level(logging.WARNING):
        assert send(now) == 1
    bad = PendingMail.objects.get(person=mia)
    assert (bad.state, bad.open_tries, bad.due_at) == ("waiting", 0, now + MINUTE)
    assert "mail.not_written" in [each.message for each in caplog.records]
    assert not any("home.example" in str(vars(each)) for each in caplog.records)
