"""The start page and the page of a course."""

from __future__ import annotations

import pytest

from courses import completion
from learner.courses.lessons import load_sizes
from tests.fixtures import factories
from tests.fixtures.exams import make_test

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(mia, ines):
    made = factories.make_course("elementary-algebra", title="Elementary algebra")
    factories.make_video_unit(made)
    factories.make_reading_unit(made)
    factories.make_quiz_unit(made)
    factories.make_enrolment(mia, made)
    factories.make_enrolment(ines, made, role="teacher")
    return made


def test_a_visitor_is_redirected_to_the_sign_in_page(client, course):
    for path in ("/", f"/courses/{course.slug}/", f"/units/{course.units.first().code}/"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/?next=")


def test_the_start_page_offers_the_first_unit_that_is_not_done(client_for, mia, course, now):
    client = client_for(mia)
    assert "Start: Video" in client.get("/").content.decode()
    first, second = course.units.order_by("position")[:2]
    completion.mark_done(mia, first, now=now)
    page = client.get("/").content.decode()
    assert f"Continue: {second.title}" in page
    assert "1 of 3 units done" in page


def test_a_stranger_gets_a_404_and_an_empty_start_page(client_for, mallory, course):
    client = client_for(mallory)
    assert client.get(f"/courses/{course.slug}/").status_code == 404
    assert "No courses yet" in client.get("/").content.decode()


def test_a_teacher_is_led_to_teaching_and_not_to_a_next_step(client_for, ines, course):
    page = client_for(ines).get("/").content.decode()
    assert f"/teach/{course.slug}/" in page
    assert "Start:" not in page


def test_a_course_shows_its_lessons_and_who_made_it(client_for, mia, course):
    page = client_for(mia).get(f"/courses/{course.slug}/").content.decode()
    assert course.attribution in page
    for unit in course.units.all():
        assert f"/units/{unit.code}/" in page


def test_a_retired_unit_is_not_shown(client_for, mia, course):
    gone = course.units.order_by("position").last()
    course.units.filter(pk=gone.pk).update(position=None)
    client = client_for(mia)
    assert str(gone.code) not in client.get(f"/courses/{course.slug}/").content.decode()
    assert client.get(f"/units/{gone.code}/").status_code == 404


def test_a_test_has_the_number_of_questions_of_an_attempt(client_for, mia):
    drawing = [{"tag": "loops", "count": 2}, {"tag": "sums", "count": 1}]
    test = make_test(mia, scenario="practice", questions=1, random_questions=drawing)
    only = make_test(course=test.course, questions=0, random_questions=drawing[:1])
    assert load_sizes([test, only]) == {test.pk: "4 questions", only.pk: "2 questions"}
    page = client_for(mia).get(f"/units/{test.code}/")
    assert page.context["test"].questions == 4
