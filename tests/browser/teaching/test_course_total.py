"""ines weights two graded tests by keyboard, and mia reads her course total."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.fixtures.exams import make_test, take

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def graded(site):
    """Mia has 67 % in one graded test and 33 % in another."""
    mia = site.people["mia"]
    for title, answers in (("Forces", ("5", "5", "4")), ("Energy", ("5", "4", "4"))):
        unit = make_test(course=site.course, title=title, position=site.course.units.count() + 1)
        take(mia, unit, *answers)
    return site


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_categories_are_set_by_keyboard_and_read_by_the_learner(graded, visit, width, dark):
    teacher, look = visit(width=width, dark=dark).sign_in("ines"), f"{width}-{dark}"
    page = teacher.page
    teacher.go(f"/teach/{graded.course.slug}/grades/")
    page.get_by_role("link", name="Course total").click()
    for title, weight, test in (("Homework", "25%", "Forces"), ("Exam", "75", "Energy")):
        fill_new_category(page, title, weight, test)
        page.get_by_role("link", name="Course total").click()
    expect(page.get_by_label("Name", exact=True)).to_have_count(3)
    assert page.evaluate(SIDEWAYS) <= 0
    assert teacher.violations() == []
    teacher.shot(f"course-total-{look}")
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("row", name="mia").get_by_text("42%")).to_be_visible()
    teacher.shot(f"course-total-book-{look}")

    learner = visit(width=width, dark=dark).sign_in("mia")
    learner.go(f"/courses/{graded.course.slug}/")
    expect(learner.page.get_by_role("heading", name="Course total so far: 42%")).to_be_visible()
    assert learner.violations() == []
    learner.shot(f"course-total-learner-{look}")


def fill_new_category(page, title, weight, test):
    """Fill the empty part of the form with the keyboard alone, and save it."""
    part = page.get_by_role("group", name="New category")
    part.get_by_label("Name", exact=True).focus()
    page.keyboard.type(title)
    page.keyboard.press("Tab")
    page.keyboard.type(weight)
    page.keyboard.press("Tab")
    part.get_by_role("checkbox", name=test).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/grades/")
