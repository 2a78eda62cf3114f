"""A unit may open and be due at another time for a group; one function reads all dates."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from courses import attempts, availability, calendar_feeds, weekly_mail
from courses.attempts import AttemptClosed
from courses.models import Enrolment, GroupDates, Unit
from discussion.access import closed_by_test
from tests.fixtures import factories
from tests.fixtures.exams import make_test

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def course(mia, noah):
    course = factories.make_course("algebra")
    for learner in (mia, noah):
        factories.make_enrolment(learner, course)
    return course


@pytest.fixture
def group(course, mia):
    return factories.make_group(course, mia)


@pytest.fixture
def test(course, now):
    return make_test(course=course, opens_at=now - 3 * HOUR, due_at=now + HOUR)


def dates_of(learner, unit, now):
    found = availability.load_availability(learner, [unit], now=now)
    return found.opens[unit.pk], found.due[unit.pk]


def test_dates_of_a_group_replace_those_of_the_class_for_its_members(mia, noah, group, test, now):
    factories.set_group_dates(group, test, opens_at=now - HOUR, due_at=now + 2 * HOUR)
    assert dates_of(mia, test, now) == (now - HOUR, now + 2 * HOUR)
    assert dates_of(noah, test, now) == (now - 3 * HOUR, now + HOUR)


@pytest.mark.parametrize("own", ["opens_at", "due_at"])
def test_the_other_date_is_that_of_the_class(mia, group, test, now, own):
    at = now + timedelta(minutes=30)
    factories.set_group_dates(group, test, **{own: at})
    dates = {"opens_at": test.opens_at, "due_at": test.due_at, own: at}
    assert dates_of(mia, test, now) == (dates["opens_at"], dates["due_at"])


@pytest.mark.parametrize(("own_h", "due_h"), [(5, 5), (1, 2)])
def test_a_later_date_of_the_learner_beats_that_of_the_group(
    mia, ines, group, test, now, own_h, due_h
):
    factories.set_group_dates(group, test, due_at=now + 2 * HOUR)
    attempts.grant_extra(mia, test, by=ines, due_at=now + own_h * HOUR, now=now)
    assert dates_of(mia, test, now)[1] == now + due_h * HOUR


def test_a_deleted_group_and_one_that_was_left_have_no_dates(mia, group, test, now):
    factories.set_group_dates(group, test, due_at=now + 2 * HOUR)
    type(group).objects.update(deleted_at=now)
    assert dates_of(mia, test, now)[1] == test.due_at
    type(group).objects.update(deleted_at=None)
    Enrolment.objects.filter(user=mia).update(group=None)
    assert dates_of(mia, test, now)[1] == test.due_at


def test_a_test_can_be_begun_by_the_dates_of_the_group(mia, noah, course, group, now):
    unit = make_test(course=course, due_at=now - HOUR)
    factories.set_group_dates(group, unit, due_at=now + HOUR)
    assert attempts.begin(mia, unit, rng=Random(1), now=now).ends_at == availability.end_of(
        now + HOUR
    )
    with pytest.raises(AttemptClosed, match="late"):
        attempts.begin(noah, unit, rng=Random(1), now=now)


def test_a_unit_opens_by_the_dates_of_the_group_in_queries_too(mia, noah, course, group, now):
    units = [factories.make_reading_unit(course) for _ in range(2)]
    factories.set_group_dates(group, units[0], opens_at=now + HOUR)
    Unit.objects.filter(pk=units[1].pk).update(opens_at=now + HOUR)
    factories.set_group_dates(group, units[1], opens_at=now - HOUR)
    for learner, opened in ((mia, units[1:]), (noah, units[:1])):
        rows = Unit.objects.filter(pk__in=availability.units_open_to(learner, now=now))
        assert set(rows.filter(course=course, kind="reading")) == set(opened)
        for unit in Unit.objects.filter(pk__in=[unit.pk for unit in units]):
            assert availability.is_open_for(learner, unit, now=now) is (unit in opened)


def test_a_unit_waits_for_a_test_until_it_is_over_for_the_group(mia, noah, course, group, now):
    needed = make_test(course=course, due_at=now - HOUR)
    factories.set_group_dates(group, needed, due_at=now + HOUR)
    after = factories.make_reading_unit(course)
    Unit.objects.filter(pk=after.pk).update(opens_after=needed)
    after.refresh_from_db()
    assert not availability.is_open_for(mia, after, now=now)
    assert availability.is_open_for(noah, after, now=now)


def test_calendar_and_weekly_mail_have_the_date_of_the_group(mia, noah, course, group, now):
    unit = make_test(course=course, due_at=now + timedelta(days=20))
    due = now + timedelta(days=3)
    factories.set_group_dates(group, unit, due_at=due)
    assert calendar_feeds.load_due_dates(mia, now=now) == [(unit, due)]
    assert calendar_feeds.load_due_dates(noah, now=now) == [(unit, unit.due_at)]
    assert set(weekly_mail._find_readers(now)) == {mia}
    assert len(weekly_mail.write_lines(mia, now=now)) == 1
    assert weekly_mail.write_lines(noah, now=now) == []


def test_the_discussion_of_a_test_opens_after_the_last_group(group, course, now):
    unit = make_test(course=course, due_at=now - HOUR)
    assert not closed_by_test(unit, now=now)
    factories.set_group_dates(group, unit, due_at=now + HOUR)
    assert closed_by_test(unit, now=now)
    assert availability.find_last_due(unit) == now + HOUR
    assert not closed_by_test(unit, now=now + HOUR)


def test_a_learner_is_in_one_group_of_their_own_course(mia, ines, course, group):
    other = factories.make_group(factories.make_course("geometry"))
    Enrolment.objects.filter(user=mia).update(group=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.check_constraints()
    Enrolment.objects.filter(user=mia).update(group=group)
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(
            user=ines, course=course, role="teacher", since=timezone.now(), group=group
        )


def test_a_row_of_a_group_of_another_course_changes_no_date(mia, group, test, now):
    other = factories.make_course("geometry")
    factories.make_enrolment(mia, other)
    factories.set_group_dates(group, test, due_at=now + 2 * HOUR)
    factories.set_group_dates(factories.make_group(other, mia), test, due_at=now + 3 * HOUR)
    assert dates_of(mia, test, now)[1] == now + 2 * HOUR


def test_dates_of_a_group_differ_and_are_in_order(group, test, now):
    for dates in ({}, {"opens_at": now, "due_at": now - HOUR}):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.set_group_dates(group, test, **dates)
    assert not GroupDates.objects.exists()
