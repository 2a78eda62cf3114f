"""A platform by others, Attune, and back, in Chromium: choose, open, answer, and see the grade."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.fixtures.lti.outside_platform import run_platform

FACTS = {
    "Name of the platform": "name",
    "Platform ID (issuer)": "issuer",
    "Client ID": "client_id",
    "Deployment IDs": "deployments",
    "Authentication request URL": "login_url",
    "Access token URL": "token_url",
    "Public keyset URL": "keys_url",
}


@pytest.fixture
def outside(site):
    with run_platform(site.url) as platform:
        yield platform


def prepare(site):
    """Make a graded test in the demo's course, and amir; return both."""
    from django.utils import timezone

    from tests.fixtures.exams import make_test
    from tests.fixtures.users import make

    return make_test(course=site.course, questions=1), make("amir", now=timezone.now())


def register(seen, outside):
    """Register the platform on the Steward's pages."""
    seen.go("/steward/lti/")
    seen.shot("lti-platforms")
    for label, name in FACTS.items():
        seen.page.get_by_label(label, exact=True).fill(outside.facts()[name])
    seen.page.get_by_label("Adults").check()
    seen.page.get_by_role("button", name="Register", exact=True).click()
    expect(seen.page.get_by_role("heading", name="School Moodle")).to_be_visible()


def connect(seen, course):
    """Connect the course that the platform's Teacher opened."""
    seen.page.reload()
    seen.page.get_by_label("Physics 7b").select_option(label=course.title)
    seen.page.get_by_role("button", name="Save").first.click()
    expect(seen.page.get_by_label("Physics 7b")).to_have_value(course.slug)
    seen.shot("lti-platform")


def sign_in_fully(person):
    """Return cookies of a session with a second factor, which this test is not about."""
    from tests.fixtures.users import client_for_person

    return client_for_person(person).cookies["sessionid"].value


def send_grades():
    from django.utils import timezone

    from lti.services import grades

    return grades.send_due(clock=timezone.now)


def test_from_the_platform_to_a_lesson_and_its_grade_back(visit, site, outside, in_database):
    unit, amir = in_database(lambda: prepare(site))
    steward = visit()
    cookie = in_database(lambda: sign_in_fully(amir))
    steward.page.context.add_cookies(
        [{"name": "sessionid", "value": cookie, "url": site.url, "httpOnly": True}]
    )
    register(steward, outside)

    outside.ask(roles=["Instructor"], user="teacher-1", name="Ines There", frame=True, deep=True)
    teacher = visit()
    teacher.page.goto(f"{outside.address}/course")
    frame = teacher.page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Open Attune")).to_be_visible()
    teacher.shot("lti-frame")
    connect(steward, site.course)

    teacher.page.goto(f"{outside.address}/course")
    expect(frame.get_by_role("heading", name="Add to your course")).to_be_visible()
    frame.get_by_role("checkbox", name=re.compile("sends a grade")).last.check()
    frame.get_by_text("Single questions").last.click()
    expect(frame.locator("details[open] input").first).to_be_visible()
    teacher.shot("lti-choose")
    frame.get_by_role("button", name="Add").click()
    teacher.shot("lti-chosen")
    frame.get_by_role("button", name="Back to your course").click()
    expect(frame.get_by_text("Added to the course")).to_be_visible()
    (item,) = outside.seen["items"]

    outside.ask(
        deep=False, roles=["Learner"], user="user-7", name="Eve There", custom=item["custom"]
    )
    learner = visit()
    learner.page.goto(f"{outside.address}/course")
    with learner.page.context.expect_page() as opening:
        learner.page.frame_locator("iframe").get_by_role("button", name="Open Attune").click()
    page = opening.value
    page.get_by_role("button", name="Continue as new").click()
    expect(page).to_have_url(f"{site.url}/units/{unit.code}/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_role("button", name=re.compile("Begin|Start")).click()
    expect(page).to_have_url(re.compile("/attempts/"))
    assert in_database(lambda: answer_right(unit)) == 100
    assert in_database(send_grades) == 1
    (score,) = outside.seen["scores"]
    assert (score["userId"], score["scoreGiven"]) == ("user-7", 100)
    page.close()


def answer_right(unit):
    """Hand the running attempt in with the right answer; the exam's pages have their own tests."""
    from django.utils import timezone

    from adaptation import submit_attempt
    from courses import attempts
    from courses.models import Attempt

    attempt = Attempt.objects.get(unit=unit)
    (question,) = attempts.load_questions(attempt)
    now = timezone.now()
    attempts.save_answer(attempt, question, "5", elapsed_ms=1500, now=now)
    submit_attempt.submit(Attempt.objects.get(pk=attempt.pk), now=now)
    return attempts.percent_of(Attempt.objects.get(pk=attempt.pk))
