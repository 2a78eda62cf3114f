"""A Teacher sets when units open and are due, and which quizzes are tests."""

from __future__ import annotations

from random import Random

import pytest
from django.utils import timezone

from audit.models import Leaf
from courses import attempts
from courses.models import Unit
from teaching.grades import unit_date_views
from tests.fixtures import factories
from tests.fixtures.exams import make_test
from tests.fixtures.open_questions import add_essay

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz(mia, ines):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    factories.make_enrolment(ines, unit.course, role="teacher")
    return unit


def send(client, unit, **fields):
    return client.post(f"/teach/{unit.course.slug}/units/{unit.code}/", fields)


def test_a_quiz_becomes_a_test_with_dates_attempts_and_a_clock(client_for, ines, quiz):
    answer = send(
        client_for(ines), quiz, scenario="graded", opens_at="2027-01-10T08:00",
        due_at="2027-01-12T08:00", attempts="2", minutes="20",
    )  # fmt: skip
    assert answer.status_code == 302
    quiz.refresh_from_db()
    assert (quiz.scenario, quiz.attempts, quiz.time_limit_s) == ("graded", 2, 1200)
    assert quiz.opens_at.isoformat() == "2027-01-10T08:00:00+00:00"
    leaf = Leaf.objects.get(verb="course.edit")
    assert leaf.public == f"course={quiz.course.slug} unit={quiz.code} what=dates"
    said = client_for(ines).get(f"/teach/{quiz.course.slug}/units/").content.decode()
    for part in ("graded test", "10 Jan 2027, 08:00 UTC", "12 Jan 2027, 08:00 UTC"):
        assert part in said


def test_empty_fields_take_the_dates_away_again(client_for, ines, quiz):
    send(client_for(ines), quiz, scenario="practice", due_at="2027-01-12T08:00", minutes="5")
    send(client_for(ines), quiz, scenario="course")
    quiz.refresh_from_db()
    assert (quiz.scenario, quiz.due_at) == ("course", None)


def test_a_video_has_dates_and_is_no_test(client_for, ines, quiz):
    video = factories.make_video_unit(quiz.course)
    answer = send(client_for(ines), video, scenario="graded", due_at="2027-01-12T08:00")
    assert answer.status_code == 302
    video.refresh_from_db()
    assert (video.scenario, video.due_at.day) == ("course", 12)


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens_at": "2027-01-12T08:00", "due_at": "2027-01-12T08:00"},
        {"attempts": "0"},
        {"minutes": "-1"},
        {"scenario": "exam"},
        {"due_at": "soon"},
    ],
)
def test_impossible_dates_are_refused_with_a_message(client_for, ines, quiz, wrong):
    answer = send(client_for(ines), quiz, **{"scenario": "graded", **wrong})
    assert answer.status_code == 422
    assert b"Nothing was changed" in answer.content
    assert Unit.objects.get(pk=quiz.pk).scenario == "course"


def test_the_type_of_a_test_does_not_change_during_an_attempt(client_for, mia, ines, quiz):
    test = make_test(course=quiz.course, scenario="practice")
    attempts.begin(mia, test, rng=Random(1), now=timezone.now())
    answer = send(client_for(ines), test, scenario="graded")
    assert answer.status_code == 422
    assert b"taking this test now" in answer.content
    assert send(client_for(ines), test, scenario="practice", minutes="3").status_code == 302
    test.refresh_from_db()
    assert (test.scenario, test.time_limit_s) == ("practice", 180)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_test_that_draws_random_questions_stays_a_test(
    client_for, mia, ines, monkeypatch, at_once
):
    """Also where an author publishes the random questions after the form was checked."""
    unit = make_test(mia, random_questions=[] if at_once else [{"tag": "a", "count": 1}])
    factories.make_enrolment(ines, unit.course, role="teacher")

    def publish_and_look(row):
        Unit.objects.filter(pk=unit.pk).update(random_questions=[{"tag": "a", "count": 1}])
        return row

    if at_once:
        monkeypatch.setattr(
            "teaching.grades.unit_date_views.unit_of",
            lambda course, code: publish_and_look(course.units.get(code=code)),
        )
    answer = send(client_for(ines), unit, scenario="course")
    assert answer.status_code == 422
    unit.refresh_from_db()
    assert unit.scenario != "course"
    said = answer.content.decode()
    assert ("Only a test can draw random questions." in said) is at_once


@pytest.mark.parametrize("at_once", [False, True])
def test_a_test_that_asks_an_essay_stays_a_test(client_for, mia, ines, monkeypatch, at_once):
    """Also where an author publishes the essay after the form was checked."""
    unit = make_test(mia)
    factories.make_enrolment(ines, unit.course, role="teacher")
    change_dates = unit_date_views.change_dates

    def publish_and_change(*args, **named):
        add_essay(unit)
        return change_dates(*args, **named)

    if at_once:
        monkeypatch.setattr(unit_date_views, "change_dates", publish_and_change)
    else:
        add_essay(unit)
    answer = send(client_for(ines), unit, scenario="course")
    assert answer.status_code == 422
    assert "Only a test can ask questions that people mark" in answer.content.decode()
    unit.refresh_from_db()
    assert unit.scenario == "graded"


def test_only_a_teacher_sets_dates(client_for, mia, mallory, quiz):
    for person, status in ((mia, 403), (mallory, 404)):
        assert send(client_for(person), quiz, scenario="graded").status_code == status
    assert Unit.objects.get(pk=quiz.pk).scenario == "course"
