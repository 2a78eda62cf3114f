"""A wrong answer key is corrected: preview, confirmation, reason.

The Learner reads it, and it is undone.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.exams import make_test, take

NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 800}


@pytest.fixture
def test(site, in_database):
    return in_database(lambda: make_test(course=site.course, attempts=1))


def prepare(site, unit):
    """mia answered 9 and noah 5; only now the key becomes 9."""
    take(site.people["mia"], unit, "9", "5")
    take(site.people["noah"], unit, "5", "5")
    unit.questions.filter(position=1).update(answer="9")


def look(seen, name):
    for size in (NARROW, WIDE):
        seen.page.set_viewport_size(size)
        seen.shot(f"regrade-{name}-{size['width']}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, size)
    assert seen.violations() == [], name


def test_a_question_is_regraded_and_its_learner_sees_the_reason(visit, site, test, in_database):
    in_database(lambda: prepare(site, test))
    ines = visit().sign_in("ines")
    page = ines.page
    ines.go(f"/teach/{site.course.slug}/grades/")
    page.get_by_role("link", name=re.compile("Regrade")).click()
    page.get_by_role("link", name=re.compile("Regrade")).first.click()
    page.get_by_label("Grade with the corrected answer").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("row", name=re.compile("noah.*67%.*33%.*goes down"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("mia.*33%.*67%"))).to_be_visible()
    page.get_by_label("Reason").fill("The key had a sign wrong.")
    look(ines, "preview")
    page.get_by_label("Lower 1 grade").check()
    page.get_by_role("button", name="Regrade").click()
    expect(page.get_by_text("2 attempts changed")).to_be_visible()
    look(ines, "made")

    mia = visit().sign_in("mia")
    mia.go(f"/courses/{site.course.slug}/")
    expect(mia.page.get_by_text("The grade was 33% before.")).to_be_visible()
    mia.go(f"/units/{test.code}/")
    look(mia, "unit")
    mia.page.get_by_role("link", name=re.compile("Attempt 1")).click()
    expect(mia.page.get_by_text("This attempt was 33% before and is 67% now.")).to_be_visible()
    look(mia, "report")

    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_text("undone")).to_be_visible()
    mia.page.reload()
    expect(mia.page.get_by_role("heading", name="1 of 3 points")).to_be_visible()
    expect(mia.page.get_by_text("Undone on")).to_be_visible()
