"""ines fills the question bank and lets a test draw from it; mia gets a drawn question."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from authoring import question_bank
from tests.browser.pages.test_learner_pages import SIDEWAYS

PROMPTS = ("Name a line that rises.", "Name a line that falls.", "Name a flat line.")


def look(seen, name):
    """Take a screenshot of a page, which has no violation and fits."""
    seen.shot(name)
    assert seen.page.evaluate(SIDEWAYS) <= 0, name
    assert seen.violations() == [], name


def add_question(page, prompt):
    """Add a short-answer question with the tag "lines" from the page of the bank."""
    page.get_by_role("link", name="New question").click()
    page.wait_for_url("**/questions/new/**")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_label("Question type").select_option("text")
    expect(page.locator("#answer")).to_be_visible()
    page.get_by_label("Question. Put maths").fill(prompt)
    page.locator("#answer").fill(prompt.split()[2])
    page.get_by_label("Tags, separated by commas").fill("lines")
    page.get_by_role("group", name="Skill tested").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#done")).to_contain_text("Draft saved")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_a_bank_is_filled_and_a_test_draws_from_it(
    site, visit, in_database, monkeypatch, width, dark
):
    seen = visit(width=width, dark=dark).sign_in("ines")
    page, base = seen.page, f"/author/courses/{site.course.slug}/"
    seen.go(f"{base}bank/")
    look(seen, f"bank-empty-{width}")
    for prompt in PROMPTS:
        add_question(page, prompt)
        look(seen, f"bank-question-{width}")
        page.get_by_role("link", name="Question bank").first.click()
    expect(page.locator("#questions li")).to_have_count(3)

    seen.go(f"{base}units/{site.units['quiz-04'].code}/")
    page.get_by_role("radio", name="Practice test").check()
    page.get_by_role("button", name="Add random questions").click()
    page.get_by_label("Number of questions").fill("4")
    page.get_by_label("Tag (questions in the bank)").select_option("lines")
    page.get_by_label("Points for each").fill("2")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#random .note")).to_contain_text("draws 4 of them and 3 are available")
    look(seen, f"bank-unit-{width}")
    monkeypatch.setattr(question_bank, "PAGE_SIZE", 2)
    seen.go(f"{base}bank/?tag=lines")
    look(seen, f"bank-filled-{width}")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Next").click()
    expect(page.locator("#questions li")).to_have_text(re.compile(re.escape(PROMPTS[2])))
    seen.go(f"{base}units/{site.units['quiz-04'].code}/")
    page.get_by_label("Number of questions").fill("1")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#random .note")).to_have_count(0)
    seen.go(f"{base}versions/")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("No draft", exact=True)).to_be_visible()

    def entries():
        return site.course.units.get(ref="quiz-04").random_questions

    assert in_database(entries) == [{"tag": "lines", "count": 1, "points": 2}]
    learner = visit(width=width, dark=dark).sign_in("mia")
    learner.go(f"/units/{site.units['quiz-04'].code}/")
    learner.page.get_by_role("button", name="Start").first.click()
    learner.page.locator("ol.steps a").last.click()
    expect(learner.page.get_by_text("2 points")).to_be_visible()
    look(learner, f"bank-drawn-{width}")
