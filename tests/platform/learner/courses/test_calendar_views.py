"""Due dates in a calendar: a secret URL that can be revoked at once and names no person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.sessions import revocation
from accounts.site import site_facts
from audit.queries import leaves_about
from courses import attempts, calendar_feeds
from courses.models import CalendarFeed, Enrolment
from tests.fixtures import factories
from tests.fixtures.exams import make_test
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
HERE = "/calendar/"
FEED = "/calendar/due.ics?key="


@pytest.fixture
def due():
    return (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)


@pytest.fixture
def test(mia, due):
    return make_test(mia, due_at=due)


@pytest.fixture
def address(client_for, mia):
    """`address()` returns the path of a new calendar URL of mia's."""

    def made():
        page = client_for(mia).post(HERE).content.decode()
        found = page[page.index("http://testserver/calendar/") :].partition("<")[0]
        return found.removeprefix("http://testserver")

    return made


@pytest.mark.parametrize("roles", [["learner"], ["learner", "teacher"]])
def test_a_teacher_is_told_that_both_monday_mails_are_switched(
    client_for,
    mia,
    settings,
    roles,
):
    settings.EMAIL_HOST = "127.0.0.1"
    type(mia).objects.filter(pk=mia.pk).update(roles=roles)
    mia.refresh_from_db()
    page = client_for(mia).get(HERE).content.decode()
    assert "Email me on Mondays what is due" in page
    assert ("Monday email about the courses that you teach" in page) is ("teacher" in roles)


def events(path):
    """Return what a calendar program reads, without a session."""
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_calendar_lists_each_due_date_with_its_url(address, test, due):
    (event,) = events(address())
    assert str(event["summary"]) == f"{test.course.title}: {test.title} is due"
    assert event.decoded("dtstart") == due
    assert "dtend" not in event
    assert str(event["url"]) == f"http://testserver/units/{test.code}/"


def test_a_later_date_of_ones_own_moves_the_same_entry(address, mia, test, due, ines):
    path = address()
    (before,) = events(path)
    later = due + timedelta(days=7)
    attempts.grant_extra(mia, test, by=ines, attempts=0, due_at=later, now=timezone.now())
    (after,) = events(path)
    assert after.decoded("dtstart") == later
    assert str(after["uid"]) == str(before["uid"])


def test_it_lists_no_date_of_another_course_or_of_long_ago(address, mia, noah, test):
    make_test(noah, due_at=timezone.now() + timedelta(days=1))
    make_test(mia, due_at=timezone.now() - timedelta(days=61))
    make_test(mia, due_at=None)
    assert len(events(address())) == 1


def test_a_course_that_the_learner_left_is_not_listed(address, mia, test):
    path = address()
    Enrolment.objects.filter(user=mia).delete()
    assert events(path) == []


def test_it_names_the_site_and_no_person(address, mia, test, now):
    site_facts.record(replace(FACTS, name="Northfield School"), by=None, now=now)
    text = Client().get(address()).content.decode()
    assert "X-WR-CALNAME:Northfield School" in text
    assert "mia" not in text.lower()


def test_only_a_digest_is_stored_and_the_address_is_shown_once(address, client_for, mia, test):
    key = address().partition("?key=")[2]
    assert len(key) == 32
    assert key not in str(CalendarFeed.objects.values().get())
    page = client_for(mia).get(HERE).content.decode()
    assert key not in page
    assert "One address is in use" in page


def test_a_new_address_ends_the_one_before(address, test):
    first, second = address(), address()
    assert Client().get(first).status_code == 404
    assert len(events(second)) == 1


def end_by_revoking(client, mia):
    client.post(HERE, {"act": "revoke"})


def end_with_log_ins(client, mia):
    revocation.end_all(mia, by=mia.code)


def end_by_lock(client, mia):
    mia.is_active = False
    mia.save()


@pytest.mark.parametrize("end", [end_by_revoking, end_with_log_ins, end_by_lock])
def test_an_address_opens_nothing_once_it_is_ended(end, address, client_for, mia, test):
    path = address()
    end(client_for(mia), mia)
    assert Client().get(path).status_code == 404


def test_an_address_that_was_never_made_is_not_found():
    assert Client().get(f"{FEED}{'A' * 32}").status_code == 404


def test_no_error_log_contains_the_key(address, monkeypatch, caplog):
    path = address()

    def away(key):
        raise RuntimeError

    monkeypatch.setattr(calendar_feeds, "find_owner", away)
    assert Client(raise_request_exception=False).get(path).status_code == 500
    assert "/calendar/due.ics" in caplog.text
    assert path.partition("?key=")[2] not in caplog.text


def test_making_and_revoking_leave_a_leaf_each(client_for, mia):
    mine = client_for(mia)
    mine.post(HERE)
    mine.post(HERE, {"act": "revoke"})
    mine.post(HERE, {"act": "revoke"})
    verbs = [leaf.verb for leaf in leaves_about(mia.code) if "calendar" in leaf.verb]
    assert sorted(verbs) == ["person.calendar_end", "person.calendar_make"]


def test_as_many_queries_for_ten_dates_as_for_one(mia, test, django_assert_max_num_queries):
    key = calendar_feeds.make_key(mia, now=timezone.now())
    for _ in range(9):
        unit = factories.make_unit(test.course, kind="reading")
        unit.due_at = timezone.now() + timedelta(days=1)
        unit.save()
    with django_assert_max_num_queries(4):
        assert len(events(f"{FEED}{key}")) == 10
