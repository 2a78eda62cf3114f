"""The target difficulty of questions: a number in a range, set by the Teacher, with a leaf."""

from __future__ import annotations

import pytest

from adaptation.next_question.target_success_rate import get_band
from audit.models import Leaf
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
LEVEL = "/teach/algebra/level/"


@pytest.fixture
def teacher(client_for, course, ines):
    return client_for(ines)


def test_it_starts_at_the_median_share(teacher, course):
    page = teacher.get(LEVEL).content.decode()

    assert 'value="75"' in page
    assert "From 50 to 90. Default: 75." in page
    assert get_band(course).target == 0.75


def test_a_number_counts_in_this_course_only_and_leaves_a_leaf(teacher, course):
    assert teacher.post(LEVEL, {"target": "60"}).status_code == 302

    assert get_band(course).target == 0.6
    assert get_band(factories.make_course("other")).target == 0.75
    assert Leaf.objects.get(verb="rule.change").public == "course=algebra target=60"
    assert 'value="60"' in teacher.get(LEVEL).content.decode()


@pytest.mark.parametrize("typed", ["49", "91", "", "seventy", "-60", "75.5"])
def test_an_invalid_number_changes_nothing_and_says_what_to_enter(teacher, course, typed):
    page = teacher.post(LEVEL, {"target": typed})

    assert page.status_code == 422
    assert "Enter a whole number from 50 to 90. Nothing was changed." in page.content.decode()
    assert get_band(course).target == 0.75
    assert not Leaf.objects.filter(verb="rule.change").exists()


@pytest.mark.parametrize(("name", "status"), [("mia", 403), ("mallory", 404)])
def test_nobody_else_sets_it(request, client_for, course, name, status):
    client = client_for(request.getfixturevalue(name))

    assert client.post(LEVEL, {"target": "60"}).status_code == status
    assert get_band(course).target == 0.75
