"""A Learner is mailed that there is a message, once it cannot be undone, without its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.mail import delivery
from accounts.models import PendingMail
from accounts.site import site_facts
from messaging import message_mails, sending
from messaging.sending import UNDO_WITHIN
from tests.fixtures.accounts.sent_mail import html, plain
from tests.fixtures.messages import answer
from tests.fixtures.users import client_for_person
from tests.platform.accounts.mail.conftest import certificate, inbox  # noqa: F401
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(settings, now):
    settings.EMAIL_HOST = settings.EMAIL_HOST or "127.0.0.1"
    site_facts.record(replace(FACTS, time_zone="Europe/Berlin"), by=None, now=now)


def queued():
    rows = PendingMail.objects.filter(kind="message", state="waiting")
    return list(rows.values_list("person", flat=True))


def deliver(at):
    return delivery.send_due(clock=lambda: at)


def test_a_mail_waits_until_sending_cannot_be_undone(letters, inbox):  # noqa: F811
    now = timezone.now()
    letters.write("mia", now=now)
    assert queued() == [letters.people["mia"].pk]
    assert deliver(now + UNDO_WITHIN - timedelta(seconds=1)) == 0
    assert deliver(now + UNDO_WITHIN) == 1


def test_a_mail_names_the_course_and_nothing_of_the_message(letters, inbox):  # noqa: F811
    now = timezone.now()
    letters.write("mia", text="Secret words, noah", now=now)
    deliver(now + UNDO_WITHIN)
    (mail,) = inbox.mails
    for text in (plain(mail), html(mail)):
        assert letters.course.title in text
        assert "/messages/" in text
        for word in ("Secret", "ines", "noah", str(letters.thread("mia").id)):
            assert word not in text
    assert mail["Subject"] == "New message from your teacher"


def test_nothing_is_mailed_of_what_was_undone_or_read(letters, inbox):  # noqa: F811
    now = timezone.now()
    row = letters.write("mia", now=now)
    sending.undo(letters.course, letters.people["ines"], row.id, now=now)
    assert deliver(now + UNDO_WITHIN) == 0
    letters.write("noah", now=now)
    letters.open("noah", f"/messages/{letters.thread('noah').id}/")
    assert deliver(now + UNDO_WITHIN) == 0


@pytest.mark.parametrize("chosen", ["here", "off"])
def test_who_wants_no_mail_gets_none(letters, inbox, chosen):  # noqa: F811
    now = timezone.now()
    letters.write("mia", now=now)
    client_for_person(letters.people["mia"]).post("/messages/choice/", {"teacher_messages": chosen})
    assert deliver(now + UNDO_WITHIN) == 0
    letters.people["noah"].teacher_messages = chosen
    letters.people["noah"].save()
    letters.write("noah", "gita", now=now)
    assert letters.people["noah"].pk not in queued()


def test_a_waiting_mail_is_about_all_messages_and_waits_for_the_last(letters, inbox):  # noqa: F811
    now = timezone.now()
    later = now + UNDO_WITHIN / 2
    first = letters.write("mia", now=now)
    letters.write("mia", text="Another.", now=later)
    assert queued() == [letters.people["mia"].pk]
    sending.undo(letters.course, letters.people["ines"], first.id, now=later)
    assert deliver(now + UNDO_WITHIN) == 0
    assert deliver(later + UNDO_WITHIN) == 1


def test_a_mail_that_waited_for_long_is_tried_as_long_for_a_new_message(letters, inbox):  # noqa: F811
    """A server that fails delays a mail, which is given up a day after it was made."""
    now = timezone.now()
    letters.write("mia", now=now)
    PendingMail.objects.filter(kind="message").update(due_at=now + timedelta(hours=20))
    letters.write("mia", text="Another.", now=now + timedelta(hours=19))
    assert queued() == [letters.people["mia"].pk]
    assert deliver(now + timedelta(hours=25)) == 1


def test_a_reply_does_not_send_a_waiting_mail_sooner_or_twice(letters):
    now = timezone.now()
    letters.write("mia", now=now)
    answer(letters.thread("mia"), letters.people["ines"], by_learner=False, now=now)
    assert PendingMail.objects.get(kind="message").due_at == now + UNDO_WITHIN


def test_a_mail_that_is_being_sent_does_not_stand_for_a_new_message(letters):
    now = timezone.now()
    letters.write("mia", now=now)
    PendingMail.objects.filter(kind="message").update(open_tries=1)
    letters.write("mia", text="Another.", now=now)
    assert queued() == [letters.people["mia"].pk] * 2


def test_the_reason_is_asked_again_when_it_is_sent(letters):
    mia, now = letters.people["mia"], timezone.now()
    assert message_mails.find_reason(mia, now=now) is None
    letters.write("mia", now=now)
    assert message_mails.find_reason(mia, now=now) == [letters.course.title]
    assert message_mails.find_reason(mia, now=now + timedelta(days=2)) is None
    letters.course.enrolments.filter(user=mia).delete()
    assert message_mails.find_reason(mia, now=now) is None
