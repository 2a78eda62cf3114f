"""Partial credit from the editor to the report, the gradebook and the item analysis."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures import class_activity
from tests.fixtures.exams import make_test, take

RANGE = {"value": 4, "share": "100/3", "feedback_html": "Nearly."}


@pytest.fixture
def graded(site):
    """Mia has 1.83 of 4.5 points in a graded test, and six others answered its second question."""
    place = site.course.units.count() + 1
    unit = make_test(course=site.course, title="Forces", position=place)
    second = unit.questions.get(position=2)
    second.points, second.other_answers = 2.5, [RANGE]
    second.save()
    taken = take(site.people["mia"], unit, "5", "4")
    people = class_activity.class_of(site.course, 6, now=taken.began_at)
    for at, person in enumerate(people):
        take(person, unit, "5", "4" if at < 3 else "5")
    return site, unit, second, taken


def test_points_are_read_by_learner_and_teacher(graded, visit):
    site, _unit, second, taken = graded
    learner = visit().sign_in("mia")
    learner.go(f"/attempts/{taken.id}/report/")
    expect(learner.page.get_by_role("heading", name="1.83 of 4.5 points")).to_be_visible()
    expect(learner.page.get_by_text("0.83 of 2.5 points")).to_be_visible()
    check(learner, "partial-report")

    teacher = visit().sign_in("ines")
    teacher.go(f"/teach/{site.course.slug}/grades/")
    expect(teacher.page.get_by_role("row", name="mia").get_by_text("41%")).to_be_visible()
    check(teacher, "partial-gradebook")
    teacher.go(f"/teach/{site.course.slug}/items/{second.code}/")
    expect(teacher.page.get_by_text("Average points:")).to_be_visible()
    check(teacher, "partial-item")


def test_the_main_number_gets_a_range_and_feedback(site, visit):
    quiz = site.units["quiz-04"].code
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/questions/new/?unit={quiz}&kind=numeric")
    page.locator("#answer").fill("5")
    page.locator("#main-from").fill("4.5")
    page.locator("#main-to").fill("5.25")
    page.locator("#main-feedback").fill("Well measured.")
    page.locator("#add-other").click()
    page.locator("#other-0-value").fill("6")
    page.get_by_label("Share of the points, %", exact=True).fill("50")
    check(seen, "partial-editor")


def check(seen, name):
    """Look for violations on a wide and a narrow page, and take a screenshot of each."""
    for width in (1280, 360):
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.shot(f"{name}-{width}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, width)
        assert seen.violations() == [], (name, width)
    seen.page.set_viewport_size({"width": 1280, "height": 900})
