"""Published weeks: each with its own figures, each for its own audience."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courses.models import Course
from estimates.group_figures import published_results, weekly_cells
from estimates.group_figures.publications import QUARTER
from estimates.models import Member, Publication
from estimates.models.group_figures import RESEARCH, TEACH
from tests.fixtures.factories import make_course
from tests.platform.teaching.conftest import TEN
from tests.platform.teaching.state_results.conftest import (
    CONFUSED,
    INTERESTED,
    MONDAY,
    WEEK_START,
    answer_in_two_states,
)

pytestmark = pytest.mark.django_db
BOTH_AUDIENCES = ("pointer:adapt", "pointer:teach", "pointer:research")
WEEK = timedelta(days=7)


def publish(audience, now=MONDAY):
    weekly_cells.publish_due(Course.objects.all(), audience, now)
    return Publication.objects.get(audience=audience, since=weekly_cells.week_of(now) - WEEK)


def right_of(week, audience, course):
    found = published_results.load_results([week], audience).get(course.pk, [])
    return [results.picture.right_all for results in found]


def test_a_week_has_its_own_figures_alone(course, people, question, try_question):
    group = people(12)
    try_question(group, question, right=True, **CONFUSED)
    try_question(group, question, right=False, at=TEN + WEEK, **INTERESTED)
    first, second = publish(TEACH), publish(TEACH, MONDAY + WEEK)

    assert right_of(first, TEACH, course) == [100]
    assert right_of(second, TEACH, course) == [0]
    assert published_results.list_weeks([course], TEACH) == [second, first]


@pytest.fixture
def both_weeks(people, question, try_question):
    """The same week, counted for Teachers and for Researchers."""
    answer_in_two_states(people(12, scopes=BOTH_AUDIENCES), question, try_question)
    return {audience: publish(audience) for audience in (TEACH, RESEARCH)}


@pytest.mark.parametrize(("audience", "other"), [(TEACH, RESEARCH), (RESEARCH, TEACH)])
def test_a_week_of_the_other_audience_is_not_read(course, both_weeks, audience, other):
    """Nor if no member is left to tell for whom a cell was counted."""
    Member.objects.all().delete()

    assert right_of(both_weeks[audience], audience, course) == [67]
    assert right_of(both_weeks[other], audience, course) == []


@pytest.mark.parametrize("audience", [TEACH, RESEARCH])
def test_a_week_of_the_other_audience_is_not_listed(course, both_weeks, audience):
    assert published_results.list_weeks([course], audience) == [both_weeks[audience]]


def test_the_same_week_of_two_courses_has_one_link(course):
    week, earlier = (
        [
            Publication(course=each, since=begin, quarter=begin + WEEK - QUARTER, at=begin + WEEK)
            for each in (course, make_course())
        ]
        for begin in (WEEK_START, WEEK_START - WEEK)
    )

    links = published_results.link_weeks([*week, *earlier], earlier[0], "/states/")

    assert [(link.url, link.current) for link in links] == [
        ("/states/?week=20261116", False),
        ("/states/?week=20261109", True),
    ]
