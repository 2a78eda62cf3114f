"""Learners are mailed that there is an announcement, never its words, and only while it is new."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import PendingMail
from accounts.site import site_facts
from discussion import tasks
from discussion.announcements import announcement_mails, announcement_store, queries
from tests.fixtures import factories
from tests.fixtures.accounts.sent_mail import html, plain, send
from tests.fixtures.users import client_for_person
from tests.platform.accounts.mail.conftest import certificate, inbox  # noqa: F401
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _site(settings, now):
    settings.EMAIL_HOST = settings.EMAIL_HOST or "127.0.0.1"
    site_facts.record(replace(FACTS, time_zone="Europe/Berlin"), by=None, now=now)


@pytest.fixture
def course(mia, ines):
    made = factories.make_course()
    factories.make_enrolment(mia, made)
    factories.make_enrolment(ines, made, role="teacher")
    return made


def write(course, author, *, shows_at=None, now=None):
    return announcement_store.save(
        course, author, id=uuid.uuid4(), title="Secret title", text="Secret text",
        shows_at=shows_at, now=now or timezone.now(),
    )  # fmt: skip


def queued():
    return list(PendingMail.objects.filter(kind="announcement").values_list("person", flat=True))


def test_each_learner_is_queued_once_when_it_becomes_visible(mia, ines, course):
    now = timezone.now()
    write(course, ines, shows_at=now + HOUR, now=now)
    assert announcement_mails.queue_due(now=now) == 0
    assert announcement_mails.queue_due(now=now + HOUR) == 1
    assert announcement_mails.queue_due(now=now + HOUR) == 0
    assert queued() == [mia.pk]
    write(course, ines, now=now + HOUR)
    assert announcement_mails.queue_due(now=now + HOUR) == 0, "the waiting mail is about both"


def test_the_task_queues_what_is_due(mia, ines, course):
    write(course, ines)
    tasks.queue_mails()
    assert queued() == [mia.pk]


def test_mail_names_the_course_and_links_without_a_word_of_it(mia, ines, course, inbox):  # noqa: F811
    write(course, ines)
    announcement_mails.queue_due(now=timezone.now())
    assert send() == 1
    (mail,) = inbox.mails
    for text in (plain(mail), html(mail)):
        assert course.title in text
        assert "Secret" not in text
        assert "ines" not in text
        assert "turn off these emails" in text
    assert mail["Subject"] == "New announcement"


def withdrawn(mia, course, row, now):
    announcement_store.withdraw(course, row.id, now=now)


def left(mia, course, row, now):
    mia.enrolments.all().delete()


def switched_off(mia, course, row, now):
    type(mia).objects.filter(pk=mia.pk).update(announcement_mail=False)


def opened(mia, course, row, now):
    queries.mark_read(mia, [row], opened=True, now=now)


def dismissed(mia, course, row, now):
    queries.mark_read(mia, [row], opened=False, now=now)


def erased(mia, course, row, now):
    row.delete()


@pytest.mark.parametrize("meanwhile", [withdrawn, left, switched_off, opened, dismissed, erased])
def test_queued_mail_is_dropped_if_its_reason_is_gone(mia, ines, course, meanwhile, inbox):  # noqa: F811
    now = timezone.now()
    row = write(course, ines)
    assert announcement_mails.queue_due(now=now + HOUR) == 1
    meanwhile(mia, course, row, now)
    assert send(now=now + HOUR) == 0
    assert PendingMail.objects.get(kind="announcement").state == "dropped"
    assert inbox.mails == []


def test_nobody_is_queued_who_did_not_want_it_or_cannot_get_it(mia, ines, course):
    type(mia).objects.filter(pk=mia.pk).update(announcement_mail=False)
    row = write(course, ines)
    announcement_store.withdraw(course, row.id, now=timezone.now())
    type(mia).objects.filter(pk=mia.pk).update(announcement_mail=True)
    assert announcement_mails.queue_due(now=timezone.now()) == 0
    type(mia).objects.filter(pk=mia.pk).update(announcement_mail=False)
    write(course, ines)
    announcement_mails.queue_due(now=timezone.now())
    assert mia.pk not in queued()
    assert ines.pk not in queued()


def test_learner_switches_the_mails_off_and_on(mia, course):
    client = client_for_person(mia)
    assert 'name="announcement_mail" checked' in client.get("/calendar/").content.decode()
    for sent, wanted in (({}, False), ({"announcement_mail": "on"}, True)):
        client.post("/calendar/", {"act": "mail", **sent})
        mia.refresh_from_db()
        assert mia.announcement_mail is wanted
