"""Choosing content in the platform's frame: the signed answer, and a launch of the new link."""

from __future__ import annotations

import html
import re

import pytest

from courses.models import Unit
from lti.models import LinkedGrade, PlatformAccount, PlatformCourse
from tests.fixtures import factories
from tests.platform.lti.conftest import FRAMED, alert_of


@pytest.fixture
def chooser(lesson, outside, visit):
    """Return the browser of a Teacher at the platform, and the page on which they choose."""
    outside.ask(deep=True, roles=["Instructor"], user="teacher-1", name="Ines Example")
    browser = visit()
    page = browser.launch(**FRAMED)
    assert page.status_code == 200, alert_of(page)
    return browser, page


def signed_request(page):
    return html.unescape(re.search(r'name="asked" value="([^"]*)"', page.text)[1])


def choose(browser, page, *chosen):
    return browser.client.post(
        "/lti/choose/", data={"asked": signed_request(page), "chosen": list(chosen)}
    )


def return_to_platform(browser, page):
    there = html.unescape(re.search(r'action="(http[^"]*)"', page.text)[1])
    answer = re.search(r'name="JWT" value="([^"]*)"', page.text)[1]
    return browser.client.post(there, data={"JWT": answer})


def test_the_platform_accepts_a_chosen_unit_and_its_link_opens_it(lesson, outside, chooser, visit):
    browser, page = chooser
    assert lesson.title in page.text
    assert return_to_platform(browser, choose(browser, page, str(lesson.code))).status_code == 200
    (item,) = outside.seen["items"]
    assert item["custom"] == {"unit": str(lesson.code)}
    assert item["lineItem"]["scoreMaximum"] == 100
    outside.ask(deep=False, roles=["Learner"], user="user-7", custom=item["custom"])
    assert visit().launch().headers["Location"] == f"/units/{lesson.code}/"


def test_the_whole_course_and_several_units_can_be_chosen_at_once(lesson, outside, chooser):
    reading = factories.make_reading_unit(lesson.course)
    browser, page = chooser
    chosen = choose(browser, page, "course", str(lesson.code), str(reading.code))
    return_to_platform(browser, chosen)
    titles = [item["title"] for item in outside.seen["items"]]
    assert titles == [lesson.course.title, *_titles(lesson.course)]
    assert ["lineItem" in item for item in outside.seen["items"]].count(True) == 1


def _titles(course):
    return list(course.units.order_by("position").values_list("title", flat=True))


@pytest.fixture
def practice(lesson):
    """A quiz for practice in the same course."""
    return factories.make_quiz_unit(lesson.course, questions=2)


def test_a_single_question_can_be_chosen_and_its_link_opens_the_unit_there(
    practice, outside, chooser, visit
):
    browser, page = chooser
    second = practice.questions.get(position=2)
    return_to_platform(browser, choose(browser, page, str(second.code)))
    (item,) = outside.seen["items"]
    assert item["custom"] == {"unit": str(practice.code), "question": str(second.code)}
    assert item["title"] == f"{practice.title}, question 2"
    assert "lineItem" not in item
    outside.ask(deep=False, roles=["Learner"], user="user-7", custom=item["custom"])
    learner = visit()
    there = learner.launch().headers["Location"]
    assert there == f"/units/{practice.code}/?question={second.code}"
    assert str(second.code) in learner.client.get(there).text
    assert not LinkedGrade.objects.exists()


@pytest.mark.parametrize("whose", ["a test", "another unit", "nobody"])
def test_a_question_that_cannot_be_opened_by_itself_is_refused(
    lesson, practice, outside, visit, whose
):
    other = factories.make_quiz_unit(lesson.course, questions=1)
    unit, code = {
        "a test": (lesson, lesson.questions.get(position=1).code),
        "another unit": (practice, other.questions.get(position=1).code),
        "nobody": (practice, "not-a-code"),
    }[whose]
    outside.ask(custom={"unit": str(unit.code), "question": str(code)})
    answer = visit().launch()
    assert (answer.status_code, "not in the course any more" in alert_of(answer)) == (404, True)


def test_questions_of_tests_and_variants_are_not_offered(lesson, practice, chooser, visit):
    page = visit().launch(**FRAMED)
    offered = set(re.findall(r'name="chosen" value="([^"]+)"', page.text))
    codes = {str(each.code) for each in practice.questions.filter(position__isnull=False)}
    units = {str(each.code) for each in lesson.course.units.all()}
    assert offered == {"course", *units, *codes}


def test_a_unit_of_another_course_cannot_be_chosen(outside, chooser):
    other = factories.make_reading_unit(factories.make_course())
    browser, page = chooser
    return_to_platform(browser, choose(browser, page, str(other.code)))
    assert outside.seen["items"] == []


def test_a_choice_counts_once_and_a_forged_one_never(lesson, chooser):
    browser, page = chooser
    assert choose(browser, page, str(lesson.code)).status_code == 200
    assert choose(browser, page, str(lesson.code)).status_code == 400
    forged = {"asked": signed_request(page)[:-1] + "x", "chosen": str(lesson.code)}
    assert browser.client.post("/lti/choose/", data=forged).status_code == 400


def test_a_learner_cannot_choose_content(lesson, outside, visit):
    outside.ask(deep=True)
    answer = visit().launch()
    assert (answer.status_code, "cannot do" in alert_of(answer)) == (400, True)


def test_choosing_content_makes_no_account(chooser):
    assert not PlatformAccount.objects.exists()


def test_a_teacher_of_an_unconnected_course_is_led_to_connect_it(lesson, outside, visit):
    PlatformCourse.objects.update(course=None)
    outside.ask(deep=True, roles=["Instructor"])
    page = visit().launch(**FRAMED)
    assert "Open Attune" in page.text
    answer = visit().launch()
    assert answer.headers["Location"] == f"/lti/courses/{PlatformCourse.objects.get().id}/"
    assert PlatformAccount.objects.get().person.roles == ["teacher"]
    assert not Unit.objects.filter(course__enrolments__user__platform_accounts__isnull=False)


def test_the_page_may_be_framed_by_the_platform_alone(outside, chooser):
    _browser, page = chooser
    policy = page.headers["Content-Security-Policy"]
    assert f"frame-ancestors {outside.address};" in f"{policy};"
    assert "X-Frame-Options" not in page.headers
