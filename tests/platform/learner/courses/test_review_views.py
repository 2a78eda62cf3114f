"""The review list: each skill with its lesson, in a fixed number of queries."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptation import answer_question
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
NINE_DAYS = timedelta(days=9)


@pytest.fixture
def course(mia):
    found = factories.make_course("algebra")
    factories.make_enrolment(mia, found)
    return found


def learnt(mia, course):
    """A skill answered correctly nine days ago, and the lessons on it."""
    question = factories.make_quiz_unit(course, questions=1).questions.get(position=1)
    answer_question.answer(
        mia, question, "5", sitting=None, hints_used=0, elapsed_ms=1000, draw=None,
        now=timezone.now() - NINE_DAYS, rng=random.Random(0),
    )  # fmt: skip
    lessons = [factories.make_reading_unit(course) for _ in range(2)]
    for lesson in reversed(lessons):
        lesson.skills.add(question.skills.get())
    return lessons


def test_each_skill_leads_to_its_first_lesson(mia, course, client_for):
    lessons = [learnt(mia, course) for _ in range(2)]
    page = client_for(mia).get("/courses/algebra/review/").content.decode()
    for first, second in lessons:
        assert f'href="/units/{first.code}/"' in page
        assert str(second.code) not in page


def test_ten_skills_need_as_many_queries_as_one(mia, course, client_for):
    client = client_for(mia)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get("/courses/algebra/review/")
        return len(asked)

    learnt(mia, course)
    queries()
    one = queries()
    for _ in range(3):
        learnt(mia, course)
    assert queries() == one
