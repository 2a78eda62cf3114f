"""Comparison of two groups with intervals; no groups at all if one would be too small."""

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


def page_text(teacher, **query):
    response = teacher.get("/teach/algebra/compare/", query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def two_groups(course, video, quiz, question, mia, noah):
    """Six from September who finished the video and answer correctly; seven of now who do not."""
    course.enrolments.filter(role="learner").delete()
    early = class_activity.class_of(course, 6, now=TEN, since=EARLY)
    late = class_activity.class_of(course, 7, now=TEN, since=LATE, name="late")
    class_activity.watch(early, video, at=TEN)
    class_activity.answer(early, question, at=TEN, given=lambda at: "5")
    class_activity.answer(late, question, at=TEN, given=lambda at: "998", elapsed_ms=4000)
    return early, late


def test_both_groups_and_their_difference_are_shown_with_intervals(teacher, two_groups):
    text = page_text(teacher)

    assert "Joined from November 2026 on (7) Joined before November 2026 (6)" in text
    assert "Units done, % 0 0–0 , n = 7 50 50–50 , n = 6 \u221250 to \u221250" in text
    assert (
        "Correct on first try, % 0 0–0 , n = 7 100 100–100 , n = 6 \u2212100 to \u2212100" in text
    )
    assert "the interval excludes zero" in text


def test_the_file_contains_the_same_figures(teacher, two_groups):
    lines = teacher.get("/teach/algebra/compare/?as=csv").content.decode().splitlines()

    assert '"Units done, %","Joined from November 2026 on","7","0.0","0.0","0.0"' in lines
    assert '"Units done, %","difference","13","-50.0","-50.0","-50.0"' in lines


def test_the_same_people_give_the_same_range(teacher, two_groups):
    assert page_text(teacher) == page_text(teacher)


def test_nothing_is_compared_if_too_few_tried_anything(
    teacher, course, video, two_groups, question
):
    early, _ = two_groups
    from courses.models import Response

    Response.objects.filter(learner__in=early[:2]).delete()

    text = page_text(teacher)

    assert "Correct on first try, % too few people" in text
    assert "Units done, % 0 0–0" in text


def test_neither_four_people_nor_all_but_four_are_a_group(teacher, course, two_groups):
    course.enrolments.filter(user__in=two_groups[1][:3]).delete()

    for who in ("from-2026-11", "before-2026-11"):
        text = page_text(teacher, who=who)
        assert "These two groups cannot be compared." in text
        assert "n = 4" not in text
    assert "Joined from November 2026 on (4) cannot be chosen" in page_text(teacher)


def test_a_class_that_joined_at_once_sees_what_will_be_shown(teacher, course):
    assert "No groups to compare yet" in page_text(teacher)
