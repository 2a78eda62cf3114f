"""Two groups beside each other, with ranges; or no groups at all where they would be a few."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.fixtures import class_activity
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
EARLY, LATE = TEN - timedelta(days=70), TEN - timedelta(days=5)


@pytest.fixture
def teacher(client_for, course, ines, settings):
    settings.LEGAL_PROFILE = "demo"
    return client_for(ines)


def said(teacher, **query):
    response = teacher.get("/teach/algebra/compare/", query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def two(course, video, quiz, question, mia, noah):
    """Six from September who finished the video and are right, seven of now who are not."""
    course.enrolments.filter(role="learner").delete()
    early = class_activity.class_of(course, 6, now=TEN, since=EARLY)
    late = class_activity.class_of(course, 7, now=TEN, since=LATE, name="late")
    class_activity.watch(early, video, at=TEN)
    class_activity.answer(early, question, at=TEN, given=lambda at: "5")
    class_activity.answer(late, question, at=TEN, given=lambda at: "998", elapsed_ms=4000)
    return early, late


def test_both_groups_and_their_difference_stand_with_ranges(teacher, two):
    text = said(teacher)

    assert "Joined from November 2026 on (7) Joined before November 2026 (6)" in text
    assert "Units done, % 0 0–0 , n = 7 50 50–50 , n = 6 \u221250 to \u221250" in text
    assert (
        "Correct on first try, % 0 0–0 , n = 7 100 100–100 , n = 6 \u2212100 to \u2212100" in text
    )
    assert "the interval excludes zero" in text


def test_the_file_holds_the_same(teacher, two):
    lines = teacher.get("/teach/algebra/compare/?as=csv").content.decode().splitlines()

    assert '"Units done, %","Joined from November 2026 on","7","0.0","0.0","0.0"' in lines
    assert '"Units done, %","difference","13","-50.0","-50.0","-50.0"' in lines


def test_the_same_people_give_the_same_range(teacher, two):
    assert said(teacher) == said(teacher)


def test_of_whom_too_few_tried_anything_nothing_is_compared(teacher, course, video, two, question):
    early, _ = two
    from courses.models import Response

    Response.objects.filter(learner__in=early[:2]).delete()

    text = said(teacher)

    assert "Correct on first try, % too few people" in text
    assert "Units done, % 0 0–0" in text


def test_four_are_no_group_nor_are_all_but_four(teacher, course, two):
    course.enrolments.filter(user__in=two[1][:3]).delete()

    for who in ("from-2026-11", "before-2026-11"):
        text = said(teacher, who=who)
        assert "These two groups cannot be compared." in text
        assert "n = 4" not in text
    assert "Joined from November 2026 on (4) cannot be chosen" in said(teacher)


def test_where_everybody_joined_at_once_it_says_what_will_be_here(teacher, course):
    assert "No groups to compare yet" in said(teacher)
