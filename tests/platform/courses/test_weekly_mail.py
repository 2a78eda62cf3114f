"""On Mondays, Learners are mailed what is due in seven days, unless they switched this off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import PendingMail
from accounts.site import site_facts
from courses import attempts, weekly_mail
from courses.models import Completion
from tests.fixtures.accounts.sent_mail import html, plain, send
from tests.fixtures.exams import make_test
from tests.platform.accounts.mail.conftest import certificate, inbox  # noqa: F401
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 30, 6, 20, tzinfo=BERLIN)
DUE = datetime(2026, 12, 2, 23, 59, tzinfo=BERLIN)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _site(settings, now):
    settings.EMAIL_HOST = settings.EMAIL_HOST or "127.0.0.1"
    site_facts.record(replace(FACTS, time_zone="Europe/Berlin"), by=None, now=now)


@pytest.fixture
def test(mia):
    return make_test(mia, due_at=DUE)


def queued_mails():
    return list(PendingMail.objects.filter(kind="due_dates").values_list("person", flat=True))


def test_mail_is_queued_once_on_monday_morning(mia, test):
    hours = [MONDAY + timedelta(hours=n) for n in range(-24, 24 * 6)]
    assert sum(weekly_mail.ask_due(hour) for hour in hours) == 1
    assert weekly_mail.ask_due(MONDAY + timedelta(minutes=30)) == 0
    assert queued_mails() == [mia.pk]
    assert PendingMail.objects.get().made_at == MONDAY
    assert weekly_mail.ask_due(MONDAY + 7 * DAY) == 0
    attempts.grant_extra(mia, test, by=mia, attempts=0, due_at=DUE + 7 * DAY, now=MONDAY)
    assert weekly_mail.ask_due(MONDAY + 7 * DAY) == 1


def test_late_worker_still_queues_on_monday(mia, test):
    assert weekly_mail.ask_due(MONDAY - timedelta(hours=1)) == 0
    assert weekly_mail.ask_due(MONDAY + timedelta(hours=9)) == 1
    assert weekly_mail.ask_due(MONDAY + timedelta(hours=17)) == 0


def test_shortened_list_counts_the_rest(mia, test, monkeypatch):
    monkeypatch.setattr(weekly_mail, "MOST_LINES", 2)
    for _ in range(3):
        make_test(due_at=DUE, course=test.course)
    lines = weekly_mail.write_lines(mia, now=MONDAY)
    assert len(lines) == 3
    assert lines[-1] == "and 2 more"


def no_wish(mia, test, settings):
    type(mia).objects.filter(pk=mia.pk).update(weekly_mail=False)


def no_email(mia, test, settings):
    type(mia).objects.filter(pk=mia.pk).update(email_sealed=None, email_digest=None)


def simulated(mia, test, settings):
    type(mia).objects.filter(pk=mia.pk).update(simulated=True)


def locked(mia, test, settings):
    type(mia).objects.filter(pk=mia.pk).update(is_active=False)


def nothing_due(mia, test, settings):
    test.due_at = DUE + 30 * DAY
    test.save()


def no_server(mia, test, settings):
    settings.EMAIL_HOST = ""


@pytest.mark.parametrize("change", [no_wish, no_email, simulated, locked, nothing_due, no_server])
def test_no_mail_is_queued_for_others(mia, test, settings, change):
    change(mia, test, settings)
    assert weekly_mail.ask_due(MONDAY) == 0
    assert queued_mails() == []


def test_mail_lists_due_units_in_local_time(mia, test, inbox):  # noqa: F811
    done = make_test(due_at=DUE, course=test.course)
    Completion.objects.create(learner=mia, unit=done, done_at=MONDAY, updated_at=MONDAY)
    mia.time_zone = "America/New_York"
    mia.save(update_fields=["time_zone"])
    weekly_mail.ask_due(MONDAY)
    assert send(now=MONDAY) == 1
    (mail,) = inbox.mails
    line = f"Wednesday, 2 December, 17:59: {test.title} ({test.course.title})"
    assert plain(mail).count("December") == 1
    assert f"- {line}\r\n" in plain(mail)
    assert f">{line}</li>" in html(mail)
    assert "America/New_York" in plain(mail)
    assert mail["Subject"] == "Due this week"


@pytest.mark.parametrize("change", [no_wish, nothing_due])
def test_mail_no_longer_wanted_or_due_is_not_sent(mia, test, settings, inbox, change):  # noqa: F811
    weekly_mail.ask_due(MONDAY)
    change(mia, test, settings)
    assert send(now=MONDAY) == 0
    assert PendingMail.objects.get().state == "dropped"


def test_learner_can_switch_the_mail_off_and_on(client_for, mia):
    mine, here = client_for(mia), "/calendar/"
    assert 'name="weekly_mail" checked' in mine.get(here).content.decode()
    for sent, wanted in (({}, False), ({"weekly_mail": "on"}, True)):
        assert mine.post(here, {"act": "mail", **sent})["Location"] == here
        mia.refresh_from_db()
        assert mia.weekly_mail is wanted


def test_setting_is_hidden_on_a_site_without_mail(client_for, mia, settings):
    settings.EMAIL_HOST = ""
    assert "weekly_mail" not in client_for(mia).get("/calendar/").content.decode()


def test_query_count_is_independent_of_class_size(mia, noah, test, django_assert_num_queries):
    make_test(noah, due_at=DUE)
    with django_assert_num_queries(3):
        assert weekly_mail.ask_due(MONDAY) == 2
