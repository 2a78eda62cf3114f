"""The start page: one next step over all courses, from course records, in a fixed number of
queries."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptation import answer_question
from courses import completion
from courses.models import Extra, Unit
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
LOUD = re.compile(r'<a class="btn go" href="([^"]+)">([^<]+)</a>')


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def course(mia, ines):
    made = factories.make_course("algebra", title="Algebra")
    for make in (factories.make_video_unit, factories.make_reading_unit, factories.make_quiz_unit):
        make(made)
    factories.make_enrolment(mia, made)
    factories.make_enrolment(ines, made, role="teacher")
    return made


@pytest.fixture
def home(client_for, mia):
    return lambda person=mia: client_for(person).get("/").content.decode()


def unit(course, kind):
    return course.units.get(kind=kind)


def right(mia, quiz, now, days):
    question = quiz.questions.filter(position=1).get()
    answer_question.answer(
        mia, question, "5", sitting=None, hints_used=0, elapsed_ms=9000, draw=None,
        now=now - timedelta(days=days), rng=random.Random(1),
    )  # fmt: skip


def test_a_fresh_learner_is_led_to_the_first_unit(home, course):
    video = unit(course, "video")
    assert LOUD.findall(home()) == [(f"/units/{video.code}/", f"Start: {video.title}")]


def test_a_half_watched_video_continues_at_its_second(home, mia, course, now):
    video = unit(course, "video")
    completion.record_watched(mia, video, [(0, 72)], resume_s=72.4, now=now)
    assert LOUD.findall(home()) == [(f"/units/{video.code}/", f"Continue at 1:12: {video.title}")]
    completion.record_watched(mia, video, [(72, 100)], resume_s=100, now=now)
    assert LOUD.findall(home())[0][1] == f"Continue: {unit(course, 'reading').title}"


def test_what_would_be_forgotten_comes_before_what_is_new(home, mia, course, now):
    right(mia, unit(course, "quiz"), now, days=40)
    (found,) = LOUD.findall(home())
    assert found == ("/courses/algebra/review/", "Review: 1 skill")


def test_a_date_within_two_days_comes_first_and_one_further_off_is_only_shown(
    home, mia, course, now
):
    completion.record_watched(mia, unit(course, "video"), [(0, 50)], resume_s=50, now=now)
    quiz = unit(course, "quiz")
    Unit.objects.filter(pk=quiz.pk).update(due_at=now + timedelta(days=3))
    assert LOUD.findall(home())[0][1].startswith("Continue at 0:50")
    assert f"{quiz.title}</a>: due" in home()
    Unit.objects.filter(pk=quiz.pk).update(due_at=now + timedelta(days=1))
    assert LOUD.findall(home()) == [(f"/units/{quiz.code}/", f"Start: {quiz.title}")]


def test_an_extension_counts_for_its_learner_only(home, mia, ines, course, now):
    quiz = unit(course, "quiz")
    Unit.objects.filter(pk=quiz.pk).update(due_at=now - timedelta(days=1))
    assert f"{quiz.title}</a>: was due" in home()
    Extra.objects.create(
        learner=mia, unit=quiz, by=ines, due_at=now + timedelta(hours=5), given_at=now
    )
    assert LOUD.findall(home()) == [(f"/units/{quiz.code}/", f"Start: {quiz.title}")]


def test_what_opens_later_is_not_the_next_step(home, course, now):
    Unit.objects.filter(pk=unit(course, "video").pk).update(opens_at=now + timedelta(days=1))
    assert LOUD.findall(home())[0][1] == f"Start: {unit(course, 'reading').title}"


def test_with_everything_done_the_page_says_so_without_a_main_button(home, mia, course, now):
    for each in course.units.exclude(kind="quiz"):
        completion.mark_done(mia, each, now=now)
    completion.record_test(mia, unit(course, "quiz"), now=now)
    page = home()
    assert LOUD.findall(page) == []
    assert "You have finished this course." in page


def test_an_empty_course_and_an_empty_start_page_explain_themselves(home, mia, mallory, course):
    empty = factories.make_course("empty", title="Empty course")
    factories.make_enrolment(mia, empty)
    assert "No lessons yet" in home()
    assert "No courses yet" in home(mallory)


def test_a_teacher_has_one_main_button_too(home, ines, course):
    other = factories.make_course("geometry", title="Geometry")
    factories.make_enrolment(ines, other, role="teacher")
    assert [word for _, word in LOUD.findall(home(ines))] == ["Teach this course"]


def test_six_courses_need_as_many_queries_as_one(client_for, mia, course, now, settings):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get("/").status_code == 200
        return len(found)

    client = client_for(mia)
    right(mia, unit(course, "quiz"), now, days=40)
    completion.record_watched(mia, unit(course, "video"), [(0, 50)], resume_s=50, now=now)
    asked()
    few = asked()
    for number in range(5):
        more = factories.make_course(f"course-{number}")
        factories.make_enrolment(mia, more)
        for _ in range(3):
            video = factories.make_video_unit(more)
            completion.record_watched(mia, video, [(0, 10)], resume_s=10, now=now)
        right(mia, factories.make_quiz_unit(more), now, days=40)
    assert asked() == few
    assert few <= 24


def test_courses_are_listed_as_a_reader_files_them(home, mia):
    for slug, title in enumerate(["Zahlen", "algebra", "Äpfel", "Übung", "Optik"]):
        factories.make_enrolment(mia, factories.make_course(f"c{slug}", title=title))
    titles = re.findall(r"algebra|Äpfel|Optik|Übung|Zahlen", home())
    assert list(dict.fromkeys(titles)) == ["algebra", "Äpfel", "Optik", "Übung", "Zahlen"]
