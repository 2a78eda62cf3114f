"""Two Teachers set dates of one unit at once: what they set fits, and no group is deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import Http404

from courses import learner_groups
from courses.models import GroupDates
from teaching.grades.group_dates import set_dates
from teaching.grades.unit_date_views import change_dates
from tests.fixtures import factories
from tests.fixtures.exams import make_test
from tests.platform.courses.test_learner_groups_at_once import another_waits

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def group(course):
    return factories.make_group(course)


def set_opening(group, unit, opens_at, by):
    return set_dates(group, unit, opens_at=opens_at, due_at=None, by=by)


def due(at):
    return {"opens_at": None, "due_at": at, "attempts": None, "minutes": None}


def test_a_date_of_a_group_is_checked_against_one_that_the_class_got_meanwhile(
    course, group, ines, now
):
    unit = make_test(course=course)
    with another_waits(lambda: set_opening(group, unit, now + DAY, ines)) as begin:
        assert change_dates(unit, due(now), by=ines) is None
        setting = begin()
    assert "must be before" in setting.result(10)
    assert not GroupDates.objects.exists()


def test_a_date_of_the_class_is_checked_against_one_that_a_group_got_meanwhile(
    course, group, ines, now
):
    unit = make_test(course=course)
    with another_waits(lambda: change_dates(unit, due(now), by=ines)) as begin:
        assert set_opening(group, unit, now + DAY, ines) is None
        setting = begin()
    assert "For the group “Tuesday”" in setting.result(10)
    unit.refresh_from_db()
    assert unit.due_at is None


def test_a_group_deleted_meanwhile_gets_no_dates(course, group, ines, now):
    unit = make_test(course=course)
    with another_waits(lambda: set_opening(group, unit, now, ines)) as begin:
        learner_groups.delete_group(group, by=ines, now=now)
        setting = begin()
    with pytest.raises(Http404):
        setting.result(10)
    assert not GroupDates.objects.exists()
