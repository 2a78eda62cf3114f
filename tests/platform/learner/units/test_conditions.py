"""A unit that opens after another: closed with a sentence and a link, open once that is done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from courses import attempts, availability, completion
from courses.models import Attempt, Completion
from tests.fixtures import factories
from tests.fixtures.exams import make_test, take
from tests.fixtures.users import client_for_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(mia):
    return factories.make_enrolment(mia).course


@pytest.fixture
def first(course):
    return factories.make_reading_unit(course)


@pytest.fixture
def second(course, first):
    return wait_for(factories.make_reading_unit(course), first)


def wait_for(unit, needed):
    unit.opens_after = needed
    unit.save()
    return unit


def page_of(mia, unit):
    return client_for_person(mia).get(f"/units/{unit.code}/").content.decode()


def is_open(learner, unit):
    return availability.is_open_for(learner, unit, now=timezone.now())


def test_a_closed_unit_says_which_unit_opens_it_and_links_there(mia, first, second):
    page = page_of(mia, second)
    assert f"This opens once you have finished “{first.title}”." in page
    assert f'<a class="btn go" href="/units/{first.code}/">Go to “{first.title}”</a>' in page
    assert "An equation." not in page


def test_finishing_the_needed_unit_opens_it(mia, first, second):
    answer = client_for_person(mia).post(f"/units/{first.code}/done/")
    assert answer.url == f"/units/{second.code}/"
    assert "An equation." in page_of(mia, second)


def test_the_list_of_a_course_says_what_a_closed_unit_opens_after(mia, course, first, second):
    client = client_for_person(mia)
    note = f"opens after “{first.title}”"
    assert note in client.get(f"/courses/{course.slug}/").content.decode()
    client.post(f"/units/{first.code}/done/")
    assert note not in client.get(f"/courses/{course.slug}/").content.decode()


def test_the_next_step_is_never_a_closed_unit(mia, course, first, second):
    due = timezone.now() + timedelta(hours=3)
    second.due_at = due
    second.save()
    client = client_for_person(mia)
    assert client.get("/").context["step"].url == f"/units/{first.code}/"
    client.post(f"/units/{first.code}/done/")
    assert client.get("/").context["step"].url == f"/units/{second.code}/"


def test_the_next_unit_is_one_that_this_one_opens_or_that_waits_for_none(mia, course, first):
    middle = factories.make_reading_unit(course)
    waiting = wait_for(factories.make_reading_unit(course), first)
    last = factories.make_reading_unit(course)
    assert f"Next: {middle.title}" in page_of(mia, first)
    assert f"Next: {last.title}" in page_of(mia, middle)
    completion.mark_done(mia, first, now=timezone.now())
    assert f"Next: {waiting.title}" in page_of(mia, middle)


def test_a_unit_that_waits_for_a_date_as_well_says_both(mia, first, second):
    second.opens_at = timezone.now() + timedelta(days=1)
    second.save()
    page = page_of(mia, second)
    assert "at the earliest" in page
    assert "This opens once you have finished" in page
    completion.mark_done(mia, first, now=timezone.now())
    page = page_of(mia, second)
    assert "Everything before it is already open." in page
    assert "once you have finished" not in page


def test_teachers_look_earlier(course, second, greta):
    factories.make_enrolment(greta, course, role="teacher")
    assert "An equation." in page_of(greta, second)


def test_what_another_learner_finished_opens_nothing(mia, noah, course, first, second):
    factories.make_enrolment(noah, course)
    completion.mark_done(noah, first, now=timezone.now())
    assert is_open(noah, second)
    assert not is_open(mia, second)


def test_a_begun_unit_is_not_a_finished_one(mia, course):
    video = factories.make_video_unit(course)
    after = wait_for(factories.make_reading_unit(course), video)
    completion.record_watched(mia, video, [(0.0, 50.0)], resume_s=50.0, now=timezone.now())
    assert not is_open(mia, after)
    completion.record_watched(mia, video, [(50.0, 100.0)], resume_s=100.0, now=timezone.now())
    assert is_open(mia, after)


def test_a_unit_that_is_done_stays_open_when_a_condition_is_added(mia, course, first):
    done = factories.make_reading_unit(course)
    completion.mark_done(mia, done, now=timezone.now())
    assert is_open(mia, wait_for(done, first))


def test_an_open_unit_stays_open_when_the_needed_quiz_gets_a_question(mia, course):
    quiz = factories.make_quiz_unit(course, questions=1)
    after = wait_for(factories.make_reading_unit(course), quiz)
    question = quiz.questions.get(position=1)
    factories.make_response(learner=mia, question=question, correct=True)
    completion.update_quiz(mia, quiz, now=timezone.now())
    factories.make_question(quiz, position=2)
    completion.update_quiz(mia, quiz, now=timezone.now())
    assert is_open(mia, after)


def test_a_retired_unit_closes_nothing(mia, first, second):
    type(first).objects.filter(pk=first.pk).update(position=None)
    assert is_open(mia, second)


def test_a_deleted_unit_closes_nothing(mia, first, second):
    first.delete()
    second.refresh_from_db()
    assert is_open(mia, second)


@pytest.mark.parametrize(("late_s", "opened"), [(-1, False), (61, True)])
def test_a_graded_test_that_is_over_closes_nothing(mia, course, late_s, opened, now):
    due = now.replace(second=0, microsecond=0)
    after = wait_for(factories.make_reading_unit(course), make_test(course=course, due_at=due))
    late = due + timedelta(seconds=60 + late_s)
    assert availability.is_open_for(mia, after, now=late) is opened
    assert availability.units_open_to(mia, now=late).filter(pk=after.pk).exists() is opened
    test = after.opens_after
    dates = availability.load_availability(mia, [test], now=late)
    assert dates.is_over(test, now=late) is opened


def test_a_later_due_date_of_the_learner_keeps_the_next_unit_closed(mia, course, greta, now):
    test = make_test(course=course, due_at=now - timedelta(days=1))
    after = wait_for(factories.make_reading_unit(course), test)
    assert is_open(mia, after)
    later = now + timedelta(days=1)
    attempts.grant_extra(mia, test, by=greta, due_at=later, now=now)
    assert not availability.is_open_for(mia, after, now=now)


def test_a_test_that_waits_cannot_be_begun(mia, course, first):
    test = wait_for(make_test(course=course), first)
    client = client_for_person(mia)
    page = client.post(f"/units/{test.code}/begin/")
    assert "This opens once you have finished" in page.content.decode()
    assert not Attempt.objects.exists()
    completion.mark_done(mia, first, now=timezone.now())
    assert client.post(f"/units/{test.code}/begin/").url.startswith("/attempts/")


def test_a_test_that_was_handed_in_opens_the_next_unit(mia, course):
    test = make_test(course=course, scenario="practice")
    after = wait_for(factories.make_reading_unit(course), test)
    take(mia, test, "1")
    assert is_open(mia, after)


def test_a_closed_unit_cannot_be_marked_as_done(mia, second):
    client = client_for_person(mia)
    assert client.post(f"/units/{second.code}/done/").status_code == 403
    assert client.post(f"/api/v1/units/{second.code}/done/").status_code == 403
    assert not Completion.objects.exists()


def test_the_level_of_a_closed_quiz_cannot_be_changed(mia, course, first):
    quiz = wait_for(factories.make_quiz_unit(course, questions=1), first)
    assert client_for_person(mia).post(f"/units/{quiz.code}/level/").status_code == 403


def test_a_course_with_conditions_takes_one_query_more_however_many(
    mia, course, first, django_assert_max_num_queries, django_assert_num_queries
):
    client = client_for_person(mia)
    client.get(f"/courses/{course.slug}/")
    with django_assert_max_num_queries(100) as plain:
        client.get(f"/courses/{course.slug}/")
    for _ in range(4):
        wait_for(factories.make_reading_unit(course), first)
    with django_assert_num_queries(len(plain) + 1):
        client.get(f"/courses/{course.slug}/")


def test_the_api_names_the_unit_to_finish_first(mia, course, first, second):
    rows = client_for_person(mia).get(f"/api/v1/courses/{course.slug}/").json()["units"]
    assert [row["opens_after"] for row in rows] == [None, str(first.code)]


def test_teachers_see_in_their_list_what_a_unit_opens_after(course, first, second, ines):
    factories.make_enrolment(ines, course, role="teacher")
    page = client_for_person(ines).get(f"/teach/{course.slug}/units/").content.decode()
    assert f"after “{first.title}”" in page
