"""On Mondays, Teachers are mailed where something stood out, without a figure or a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import PendingMail
from accounts.site import site_facts
from teaching.tasks import queue_summaries
from teaching.weekly import summary_mails
from tests.fixtures import class_activity
from tests.fixtures.accounts.sent_mail import plain, send
from tests.platform.accounts.mail.conftest import certificate, inbox  # noqa: F401
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 30, 6, 20, tzinfo=ZoneInfo("Europe/Berlin"))
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _site(settings, now):
    settings.LEGAL_PROFILE = "demo"
    settings.EMAIL_HOST = settings.EMAIL_HOST or "127.0.0.1"
    site_facts.record(replace(FACTS, time_zone="Europe/Berlin"), by=None, now=now)


@pytest.fixture
def hard_lesson(course, ines, video, quiz):
    """30 learners saw a video of four chapters on Sunday; 22 replayed the second."""
    video.video.chapters = [
        {"start": 25 * at, "end": 25 * at + 25, "title": f"Part {at}"} for at in range(4)
    ]
    video.video.save(update_fields=["chapters"])
    people = class_activity.class_of(course, 30, now=MONDAY - DAY)
    class_activity.watch(people[:22], video, at=MONDAY - DAY, back=(28, 45))
    class_activity.watch(people[22:], video, at=MONDAY - DAY)
    return video


def queued_people():
    return list(PendingMail.objects.filter(kind="week_summary").values_list("person", flat=True))


def test_the_mail_is_queued_once_for_each_teacher_on_monday_morning(ines, hard_lesson):
    hours = [MONDAY + timedelta(hours=n) for n in range(-24, 24 * 6)]
    assert sum(summary_mails.queue_due(hour) for hour in hours) == 1
    assert queued_people() == [ines.pk]
    assert PendingMail.objects.get().made_at == MONDAY


def test_the_task_queues_it(ines, hard_lesson, monkeypatch):
    monkeypatch.setattr("teaching.tasks.timezone.now", lambda: MONDAY)
    queue_summaries()
    assert queued_people() == [ines.pk]


def test_the_mail_names_the_course_and_nothing_that_was_found(
    ines,
    course,
    hard_lesson,
    inbox,  # noqa: F811
):
    summary_mails.queue_due(MONDAY)
    assert send(now=MONDAY) == 1
    (mail,) = inbox.mails
    assert mail["Subject"] == "Your weekly summary"
    assert f"- {course.title}\r\n" in plain(mail)
    assert "/teach/" in plain(mail)
    for word in ("Part 1", "22", "30 learners", f"/{course.slug}/"):
        assert word not in plain(mail)


def turn_off(ines, lesson):
    type(ines).objects.filter(pk=ines.pk).update(weekly_mail=False)


def stop_teaching(ines, lesson):
    ines.enrolments.all().delete()


def make_equal(ines, lesson):
    lesson.video.chapters = []
    lesson.video.save(update_fields=["chapters"])


@pytest.mark.parametrize("change", [turn_off, stop_teaching, make_equal])
def test_a_mail_whose_reason_is_gone_is_not_sent(
    ines,
    hard_lesson,
    inbox,  # noqa: F811
    change,
):
    assert summary_mails.queue_due(MONDAY) == 1
    change(ines, hard_lesson)
    assert send(now=MONDAY) == 0
    assert inbox.mails == []


@pytest.mark.parametrize("change", [turn_off, stop_teaching])
def test_no_mail_is_queued_for_others(ines, hard_lesson, change):
    change(ines, hard_lesson)
    assert summary_mails.queue_due(MONDAY) == 0


def test_a_course_that_was_not_visited_this_week_gives_no_mail(ines, hard_lesson):
    assert summary_mails.queue_due(MONDAY + 7 * DAY) == 0


def test_a_learner_gets_no_summary(mia, ines, course, hard_lesson):
    summary_mails.queue_due(MONDAY)
    assert queued_people() == [ines.pk]
