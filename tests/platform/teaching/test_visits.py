"""A visit is an opened page, a finished unit or an answer in the course."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courses import completion
from teaching.visits import load_last_visits
from tests.fixtures import factories
from tests.platform.teaching.conftest import TEN, answer, sit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WAYS = {
    "opened": lambda person, unit, question, at: sit(person, unit, at),
    "finished": lambda person, unit, question, at: completion.mark_done(person, unit, now=at),
    "answered": lambda person, unit, question, at: answer(person, question, at),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_taking_part_is_a_visit(course, video, question, mia, noah, way):
    WAYS[way](mia, video, question, TEN)

    assert load_last_visits(course, [mia.pk, noah.pk]) == {mia.pk: TEN}


def test_the_latest_visit_counts_whatever_it_was(course, video, question, mia):
    answer(mia, question, TEN - 3 * DAY)
    completion.mark_done(mia, video, now=TEN - DAY)
    sit(mia, video, TEN - 2 * DAY)

    assert load_last_visits(course, [mia.pk]) == {mia.pk: TEN - DAY}
    assert load_last_visits(course, [mia.pk], until=TEN - DAY - DAY / 2) == {mia.pk: TEN - 2 * DAY}


def test_visits_up_to_the_beginning_of_a_time_are_left_out(course, video, question, mia, noah):
    answer(mia, question, TEN - DAY)
    sit(noah, video, TEN - 2 * DAY)

    class_ = [mia.pk, noah.pk]
    assert load_last_visits(course, class_, since=TEN - 2 * DAY) == {mia.pk: TEN - DAY}


def test_the_three_kinds_of_visits_are_one_query(course, mia, django_assert_num_queries):
    with django_assert_num_queries(1):
        load_last_visits(course, [mia.pk])


def test_visits_to_another_course_do_not_count(course, mia):
    completion.mark_done(mia, factories.make_unit(), now=TEN)

    assert load_last_visits(course, [mia.pk]) == {}
